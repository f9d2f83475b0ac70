package luaapi

import (
	"encoding/json"
	"log/slog"
	"math"
	"sort"
	"strconv"

	lua "github.com/yuin/gopher-lua"

	"luavs/luaapi/args"
	"luavs/luaapi/vm"
)

// maxMessage bounds a message and each of its values, in bytes.
const maxMessage = 8 << 10

// maxLogFields is how many fields are logged with a message.
const maxLogFields = 100

// newLog returns the module log. It may be used while the policy loads.
func newLog(rt *runtime, L *lua.LState, codec *jsonCodec) *lua.LTable {
	level := func(name string, at slog.Level) lua.LGFunction {
		return func(L *lua.LState) int {
			rt.log().LogAttrs(vm.Context(L), at, logText(L, L.Get(1), codec), logFields(L, "log."+name, codec)...)
			return 0
		}
	}
	return L.SetFuncs(L.CreateTable(0, 8), map[string]lua.LGFunction{
		"debug": level("debug", slog.LevelDebug),
		"info":  level("info", slog.LevelInfo),
		"warn":  level("warn", slog.LevelWarn),
		"error": level("error", slog.LevelError),
	})
}

// logFields returns the fields in argument 2, sorted by name.
func logFields(L *lua.LState, what string, codec *jsonCodec) []slog.Attr {
	t, ok := L.Get(2).(*lua.LTable)
	if !ok && L.Get(2) != lua.LNil {
		L.RaiseError("%s: argument 2: want a table of fields, got %s", what, args.Show(L.Get(2)))
	}
	if !ok {
		return nil
	}
	var attrs []slog.Attr
	left := 0
	t.ForEach(func(k, v lua.LValue) {
		if len(attrs) == maxLogFields {
			left++
			return
		}
		attrs = append(attrs, slog.Any(logText(L, k, codec), logValue(L, v, codec)))
	})
	sort.Slice(attrs, func(i, j int) bool { return attrs[i].Key < attrs[j].Key })
	if left > 0 {
		attrs = append(attrs, slog.Int("fields left out", left))
	}
	return attrs
}

// logValue keeps numbers and truth values what they are; the rest is text.
func logValue(L *lua.LState, v lua.LValue, codec *jsonCodec) any {
	switch v := v.(type) {
	case lua.LBool:
		return bool(v)
	case lua.LNumber:
		if n, ok := args.Whole(v, -maxExact, maxExact); ok {
			return n
		}
		if size := math.Abs(float64(v)); 1e-6 < size && size < maxExact {
			return json.Number(strconv.FormatFloat(float64(v), 'f', -1, 64)) // a float64 of a time would be 1.795e+09
		}
		return float64(v)
	}
	return logText(L, v, codec)
}

// logText is what tostring makes of a value, but JSON of a table that says
// nothing of itself; cut to maxMessage.
func logText(L *lua.LState, v lua.LValue, codec *jsonCodec) string {
	text := ""
	if t, ok := v.(*lua.LTable); ok && L.GetMetaField(t, "__tostring") == lua.LNil {
		text, _ = codec.encode(t, false) // what has no JSON form is printed like any value
	}
	if text == "" {
		text = L.ToStringMeta(v).String()
	}
	if len(text) > maxMessage {
		return text[:maxMessage] + "..."
	}
	return text
}
