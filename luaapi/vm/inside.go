package vm

import (
	"unsafe"

	lua "github.com/yuin/gopher-lua"
)

// tableInside is a [lua.LTable] as gopher-lua lays it out, which shows neither
// what it has reserved nor the keys it keeps of entries that are gone.
type tableInside struct {
	Metatable lua.LValue
	array     []lua.LValue
	dict      map[lua.LValue]lua.LValue
	strdict   map[string]lua.LValue
	keys      []lua.LValue
	k2i       map[lua.LValue]int
}

// threadInside is the beginning of a [lua.LState].
type threadInside struct {
	G       *lua.Global
	Parent  *lua.LState
	Env     *lua.LTable
	Panic   func(*lua.LState)
	Dead    bool
	Options lua.Options
	stop    int32
	reg     *registryInside
}

// registryInside is the beginning of the stack of a thread.
type registryInside struct{ array []lua.LValue }

// The tests compare these with the real ones.
func insideTable(t *lua.LTable) *tableInside { return (*tableInside)(unsafe.Pointer(t)) }

// insideThread returns the stack of a thread as far as it has grown.
func insideThread(l *lua.LState) []lua.LValue {
	return (*threadInside)(unsafe.Pointer(l)).reg.array
}
