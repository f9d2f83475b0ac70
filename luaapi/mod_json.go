package luaapi

import (
	lua "github.com/yuin/gopher-lua"

	"luavs/luaapi/args"
	"luavs/luaapi/vm"
)

// Limits of JSON in both directions.
const (
	maxJSON      = 4 << 20 // bytes of text
	maxJSONDepth = 100     // arrays and objects inside each other
	maxJSONItems = 1 << 18 // values in a text that is decoded
)

// maxExact is the largest whole number up to which Lua tells neighbours apart.
const maxExact = 1 << 53

// A jsonCodec turns Lua values into JSON and back. One belongs to one VM.
type jsonCodec struct {
	null  *lua.LUserData // what null is in Lua: nil would leave no trace in a table
	array *lua.LTable    // the metatable that marks a table as an array
}

func newJSONCodec(L *lua.LState) *jsonCodec {
	c := &jsonCodec{null: L.NewUserData(), array: L.CreateTable(0, 1)}
	meta := L.CreateTable(0, 2)
	meta.RawSetString("__metatable", lua.LString("json null"))
	meta.RawSetString("__tostring", L.NewFunction(func(L *lua.LState) int {
		L.Push(lua.LString("null"))
		return 1
	}))
	c.null.Metatable = meta
	c.array.RawSetString("__metatable", lua.LString("json array"))
	return c
}

// newJSON returns the module json.
func newJSON(L *lua.LState, c *jsonCodec) *lua.LTable {
	t := L.SetFuncs(L.CreateTable(0, 8), map[string]lua.LGFunction{
		"encode": c.luaEncode,
		"decode": c.luaDecode,
		"array":  c.luaArray,
	})
	t.RawSetString("null", c.null)
	return t
}

func (c *jsonCodec) luaEncode(L *lua.LState) int {
	f := args.Optional(L, 2, "json.encode")
	pretty := f.Bool("pretty", false)
	f.Raise()
	text, err := c.encode(L.Get(1), pretty)
	vm.Work(L, len(text))
	if err != nil {
		return refuse(L, err)
	}
	L.Push(lua.LString(text))
	return 1
}

func (c *jsonCodec) luaDecode(L *lua.LState) int {
	v, err := c.decode(L, argText(L, 1, "json.decode"))
	if err != nil {
		return refuse(L, err)
	}
	L.Push(v)
	return 1
}

// luaArray marks a table as an array, which matters for an empty one.
func (c *jsonCodec) luaArray(L *lua.LState) int {
	t, ok := L.Get(1).(*lua.LTable)
	if !ok {
		L.RaiseError("json.array: argument 1: want a table, got %s", args.Show(L.Get(1)))
	}
	t.Metatable = c.array
	L.Push(t)
	return 1
}
