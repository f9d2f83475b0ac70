package luaapi

import (
	"crypto/subtle"
	"encoding/hex"

	lua "github.com/yuin/gopher-lua"

	"luavs/checks"
	"luavs/luaapi/args"
	"luavs/luaapi/layout"
	"luavs/luaapi/vm"
)

// newBytes returns the module bytes.
func newBytes(L *lua.LState) *lua.LTable {
	return L.SetFuncs(L.NewTable(), map[string]lua.LGFunction{
		"pack":   luaPack,
		"unpack": luaUnpack,
		"xor":    luaXOR,
		"hex": func(L *lua.LState) int {
			L.Push(lua.LString(hex.EncodeToString([]byte(argText(L, 1, "bytes.hex")))))
			return 1
		},
	})
}

// luaPack is bytes.pack(format, ...).
func luaPack(L *lua.LState) int {
	const what = "bytes.pack"
	items := readLayout(L, what)
	values := make([]any, L.GetTop()-1)
	for i := range values {
		switch v := L.Get(i + 2).(type) {
		case lua.LNumber:
			values[i] = float64(v)
		case lua.LString:
			values[i] = string(v)
		default:
			L.RaiseError("%s: argument %d: want a number or a string, got %s", what, i+2, args.Show(v))
		}
	}
	data, err := layout.Pack(items, values, vm.MaxString)
	if err != nil {
		L.RaiseError("%s: %v", what, err)
	}
	L.Push(lua.LString(data))
	return 1
}

// luaUnpack is bytes.unpack(format, data [, from]): the values, and where the
// next one begins; nil and a reason if the data is too short.
func luaUnpack(L *lua.LState) int {
	const what = "bytes.unpack"
	items := readLayout(L, what)
	data, from := argText(L, 2, what), 1
	if v := L.Get(3); v != lua.LNil {
		n, ok := args.Whole(v, 1, len(data)+1)
		if !ok {
			L.RaiseError("%s: argument 3: want a place from 1 to %d, got %s", what, len(data)+1, args.Show(v))
		}
		from = n
	}
	values, next, err := layout.Unpack(items, data, from-1)
	if err != nil {
		return refuse(L, &failure{checks.Protocol, err.Error()})
	}
	for _, v := range values {
		switch v := v.(type) {
		case float64:
			L.Push(lua.LNumber(v))
		case string:
			L.Push(lua.LString(v))
		}
	}
	L.Push(lua.LNumber(next + 1))
	return len(values) + 1
}

// luaXOR is bytes.xor(a, b) of two texts of the same length.
func luaXOR(L *lua.LState) int {
	const what = "bytes.xor"
	a, b := argText(L, 1, what), argText(L, 2, what)
	if len(a) != len(b) {
		L.RaiseError("%s: want two texts of the same length, got %d and %d bytes", what, len(a), len(b))
	}
	result := make([]byte, len(a))
	subtle.XORBytes(result, []byte(a), []byte(b))
	L.Push(lua.LString(result))
	return 1
}

func readLayout(L *lua.LState, what string) []layout.Item {
	items, err := layout.Parse(argText(L, 1, what))
	if err != nil {
		L.RaiseError("%s: %v", what, err)
	}
	return items
}
