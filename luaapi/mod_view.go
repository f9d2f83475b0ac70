package luaapi

import (
	"fmt"
	"reflect"
	"strings"
	"unicode"

	lua "github.com/yuin/gopher-lua"
	luar "layeh.com/gopher-luar"

	"luavs/ipvs"
	"luavs/luaapi/args"
)

// view returns a Lua value that shows a Go struct: its exported fields and
// methods in snake case (InPackets is in_packets). It can only be read, and
// reading what it does not have is an error. Name is what messages call it.
func view(L *lua.LState, name string, v any) lua.LValue {
	config := luar.GetConfig(L)
	if config.FieldNames == nil {
		config.FieldNames = fieldName
		config.MethodNames = methodName
	}
	ud := luar.New(L, v).(*lua.LUserData)
	meta := ud.Metatable.(*lua.LTable)
	if meta.RawGetString("__newindex") == lua.LNil {
		closeView(L, meta, name)
	}
	return ud
}

func fieldName(_ reflect.Type, f reflect.StructField) []string { return []string{snake(f.Name)} }

func methodName(_ reflect.Type, m reflect.Method) []string {
	if m.Name == "String" {
		return nil // it is what tostring prints
	}
	return []string{snake(m.Name)}
}

// snake turns InPackets into in_packets, and JSON into json.
func snake(name string) string {
	var b strings.Builder
	for i, r := range name {
		if i > 0 && unicode.IsUpper(r) && !unicode.IsUpper(rune(name[i-1])) {
			b.WriteByte('_')
		}
		b.WriteRune(unicode.ToLower(r))
	}
	return b.String()
}

// closeView makes the metatable of a view strict.
func closeView(L *lua.LState, meta *lua.LTable, name string) {
	names := append(keys(meta, "fields"), keys(meta, "methods")...)
	index := meta.RawGetString("__index").(*lua.LFunction)
	known := map[string]bool{}
	for _, n := range names {
		known[n] = true
	}
	meta.RawSetString("__index", L.NewFunction(func(L *lua.LState) int {
		field := L.Get(2)
		if !known[lua.LVAsString(field)] {
			L.RaiseError("%s has no field %s%s", name, args.Show(field), args.Hint(lua.LVAsString(field), names))
		}
		return index.GFunction(L)
	}))
	meta.RawSetString("__newindex", L.NewFunction(func(L *lua.LState) int {
		L.RaiseError("%s is read only: %s cannot be written", name, args.Show(L.Get(2)))
		return 0
	}))
	meta.RawSetString("__tostring", L.NewFunction(func(L *lua.LState) int {
		text := name
		if v, ok := L.CheckUserData(1).Value.(fmt.Stringer); ok {
			text = v.String()
		}
		L.Push(lua.LString(text))
		return 1
	}))
}

// keys returns the names in a part of a metatable made by gopher-luar.
func keys(meta *lua.LTable, part string) []string {
	var names []string
	meta.RawGetString(part).(*lua.LTable).ForEach(func(k, _ lua.LValue) {
		names = append(names, k.String())
	})
	return names
}

// statsView shows what the kernel counted of a service or a destination.
func statsView(L *lua.LState, s ipvs.Stats) lua.LValue { return view(L, "stats", s) }
