package luaapi

import (
	"time"

	lua "github.com/yuin/gopher-lua"

	"luavs/engine/state"
	"luavs/luaapi/args"
)

// valueStore is the module store: values of the policy that outlive it, as JSON.
type valueStore struct {
	rt     *runtime
	codec  *jsonCodec
	values *state.Values
}

// newStore returns the module store.
func newStore(rt *runtime, L *lua.LState, c *jsonCodec) *lua.LTable {
	s := &valueStore{rt, c, rt.store.Values(rt.name)}
	return L.SetFuncs(L.CreateTable(0, 4), map[string]lua.LGFunction{
		"get":    s.get,
		"set":    s.set,
		"delete": s.delete,
		"keys":   s.keys,
	})
}

// get is store.get(name [, default]).
func (s *valueStore) get(L *lua.LState) int {
	const what = "store.get"
	s.rt.inDaemon(L, what)
	text, there := s.values.Get(argText(L, 1, what))
	if !there {
		L.Push(L.Get(2))
		return 1
	}
	v, err := s.codec.decode(L, string(text))
	if err != nil {
		return refuse(L, err)
	}
	L.Push(v)
	return 1
}

// set is store.set(name, value [, { ttl = }]).
func (s *valueStore) set(L *lua.LState) int {
	const what = "store.set"
	s.changing(L, what)
	name, f := argText(L, 1, what), args.Optional(L, 3, what)
	ttl := f.Duration("ttl", 0, time.Second)
	f.Raise()
	if L.Get(2) == lua.LNil {
		L.RaiseError("%s: argument 2: there is no value; store.delete(name) forgets one", what)
	}
	text, err := s.codec.encode(L.Get(2), false)
	if err == nil {
		err = s.values.Set(name, []byte(text), expiry(ttl))
	}
	if err != nil {
		return refuse(L, err)
	}
	L.Push(lua.LTrue)
	return 1
}

// expiry is when what has a time to live ends, or the zero time for never.
func expiry(ttl time.Duration) time.Time {
	if ttl == 0 {
		return time.Time{}
	}
	return time.Now().Add(ttl)
}

// delete is store.delete(name).
func (s *valueStore) delete(L *lua.LState) int {
	const what = "store.delete"
	s.changing(L, what)
	L.Push(lua.LBool(s.values.Delete(argText(L, 1, what))))
	return 1
}

// keys is store.keys([prefix]).
func (s *valueStore) keys(L *lua.LState) int {
	const what = "store.keys"
	s.rt.inDaemon(L, what)
	prefix := ""
	if L.Get(1) != lua.LNil {
		prefix = argText(L, 1, what)
	}
	L.Push(list(L, s.values.Names(prefix), func(name string) lua.LValue { return lua.LString(name) }))
	return 1
}

// changing raises a Lua error where nothing may be changed: outside the daemon,
// while the policy loads, and once it is replaced.
func (s *valueStore) changing(L *lua.LState, what string) {
	s.rt.inDaemon(L, what)
	s.rt.running(L, what)
}
