package luaapi

import (
	"maps"
	"slices"

	lua "github.com/yuin/gopher-lua"

	"luavs/luaapi/args"
)

// A class is the kind of an object whose fields do something when they are
// read or written. One belongs to one VM. Objects that only show values are
// views instead.
type class[T any] struct {
	name    string // as messages call an object: "service"
	fields  map[string]func(*lua.LState, T) lua.LValue
	methods map[string]func(*lua.LState, T) int

	// write sets a field; nil if there is nothing to write.
	write func(L *lua.LState, v T, field string, value lua.LValue)
	equal func(a, b T) bool // nil: an object is equal to itself only
	print func(T) string    // for tostring
	call  lua.LGFunction    // calls an object; nil: nobody does

	meta *lua.LTable
}

// object returns a new object for a value.
func (c *class[T]) object(L *lua.LState, v T) *lua.LUserData {
	if c.meta == nil {
		c.meta = c.metatable(L)
	}
	return &lua.LUserData{Value: v, Env: L.Env, Metatable: c.meta}
}

// value returns the value of an object of this class, or false for anything
// else.
func (c *class[T]) value(v lua.LValue) (T, bool) {
	if ud, ok := v.(*lua.LUserData); ok {
		t, ok := ud.Value.(T)
		return t, ok
	}
	var none T
	return none, false
}

// argument returns argument n, which must be an object of this class.
func (c *class[T]) argument(L *lua.LState, n int, what string) T {
	v, ok := c.value(L.Get(n))
	if !ok {
		L.RaiseError("%s: argument %d: want a %s, got %s", what, n, c.name, args.Show(L.Get(n)))
	}
	return v
}

func (c *class[T]) metatable(L *lua.LState) *lua.LTable {
	readers := map[string]reader[T]{}
	for name, field := range c.fields {
		readers[name] = reader[T]{field: field}
	}
	for name, method := range c.methods {
		readers[name] = reader[T]{method: L.NewFunction(func(L *lua.LState) int { return method(L, c.self(L, name)) })}
	}
	meta := L.CreateTable(0, 6)
	meta.RawSetString("__metatable", lua.LString(c.name))
	meta.RawSetString("__index", L.NewFunction(func(L *lua.LState) int { return c.read(L, readers) }))
	meta.RawSetString("__newindex", L.NewFunction(c.set))
	meta.RawSetString("__tostring", L.NewFunction(func(L *lua.LState) int {
		v, _ := c.value(L.Get(1))
		L.Push(lua.LString(c.print(v)))
		return 1
	}))
	if c.equal != nil {
		meta.RawSetString("__eq", L.NewFunction(c.same))
	}
	if c.call != nil {
		meta.RawSetString("__call", L.NewFunction(c.call))
	}
	return meta
}

// self returns the object a method is called on.
func (c *class[T]) self(L *lua.LState, method string) T {
	v, ok := c.value(L.Get(1))
	if !ok {
		L.RaiseError("%s.%s: want a %s before the colon, as in %s:%s(), got %s", c.name, method, c.name, c.name, method, args.Show(L.Get(1)))
	}
	return v
}

// reader is what reading a name of an object gives: a method, or a field.
type reader[T any] struct {
	method *lua.LFunction
	field  func(*lua.LState, T) lua.LValue
}

func (c *class[T]) read(L *lua.LState, readers map[string]reader[T]) int {
	v, _ := c.value(L.Get(1))
	name, _ := L.Get(2).(lua.LString)
	switch r := readers[string(name)]; {
	case r.field != nil:
		L.Push(r.field(L, v))
	case r.method != nil:
		L.Push(r.method)
	default:
		L.RaiseError("a %s has no field %s%s", c.name, args.Show(L.Get(2)), args.Hint(string(name), c.names()))
	}
	return 1
}

func (c *class[T]) set(L *lua.LState) int {
	v, _ := c.value(L.Get(1))
	name := lua.LVAsString(L.Get(2))
	switch {
	case c.fields[name] == nil:
		L.RaiseError("a %s has no field %s to write%s", c.name, args.Show(L.Get(2)), args.Hint(name, slices.Collect(maps.Keys(c.fields))))
	case c.write == nil:
		L.RaiseError("a %s is read only: %s cannot be written", c.name, name)
	}
	c.write(L, v, name, L.Get(3))
	return 0
}

func (c *class[T]) same(L *lua.LState) int {
	a, okA := c.value(L.Get(1))
	b, okB := c.value(L.Get(2))
	L.Push(lua.LBool(okA && okB && c.equal(a, b)))
	return 1
}

// names returns what can be read of an object.
func (c *class[T]) names() []string {
	return slices.AppendSeq(slices.Collect(maps.Keys(c.fields)), maps.Keys(c.methods))
}
