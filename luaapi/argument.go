package luaapi

import (
	"math"

	lua "github.com/yuin/gopher-lua"

	"luavs/luaapi/args"
)

// argText returns argument n, which must be a string.
func argText(L *lua.LState, n int, what string) string {
	s, ok := L.Get(n).(lua.LString)
	if !ok {
		L.RaiseError("%s: argument %d: want a string, got %s", what, n, args.Show(L.Get(n)))
	}
	return string(s)
}

// textOr returns argument n, which must be a string if it is there.
func textOr(L *lua.LState, n int, what, def string) string {
	if L.Get(n) == lua.LNil {
		return def
	}
	return argText(L, n, what)
}

// argNumber returns argument n, which must be a number that is finite.
func argNumber(L *lua.LState, n int, what string) float64 {
	v, ok := L.Get(n).(lua.LNumber)
	if f := float64(v); ok && !math.IsNaN(f) && !math.IsInf(f, 0) {
		return f
	}
	L.RaiseError("%s: argument %d: want a number, got %s", what, n, args.Show(L.Get(n)))
	return 0
}

// countOr returns argument n, which must be a whole number from 1 up if it is
// there.
func countOr(L *lua.LState, n int, what string, def int) int {
	if L.Get(n) == lua.LNil {
		return def
	}
	count, ok := args.Whole(L.Get(n), 1, math.MaxInt32)
	if !ok {
		L.RaiseError("%s: argument %d: want a whole number from 1 up, got %s", what, n, args.Show(L.Get(n)))
	}
	return count
}

// textList makes a list of texts.
func textList(L *lua.LState, all []string) *lua.LTable {
	t := L.CreateTable(len(all), 0)
	for _, s := range all {
		t.Append(lua.LString(s))
	}
	return t
}
