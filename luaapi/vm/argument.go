package vm

import (
	lua "github.com/yuin/gopher-lua"
)

// gopher-lua writes numbers as Go does when a text is wanted ("0.30000000000000004"),
// and reads texts as Go does when a number is wanted ("010" is 8 there). These
// convert arguments as Lua 5.1 does.

// textOf is the text that v counts as; false if it is none.
func textOf(v lua.LValue) (string, bool) {
	switch v := v.(type) {
	case lua.LString:
		return string(v), true
	case lua.LNumber:
		return formatNumber(float64(v)), true
	}
	return "", false
}

// numberOf is the number that v counts as; false if it is none.
func numberOf(v lua.LValue) (lua.LNumber, bool) {
	switch v := v.(type) {
	case lua.LNumber:
		return v, true
	case lua.LString:
		n, ok := parseNumber(string(v), 10).(lua.LNumber)
		return n, ok
	}
	return 0, false
}

// checkText returns argument n, which must be a text or a number.
func checkText(L *lua.LState, n int) string {
	s, ok := textOf(L.Get(n))
	if !ok {
		L.TypeError(n, lua.LTString)
	}
	return s
}

// optText is checkText with a default for nil.
func optText(L *lua.LState, n int, otherwise string) string {
	if L.Get(n) == lua.LNil {
		return otherwise
	}
	return checkText(L, n)
}

// checkNumber returns argument n, which must be a number or read as one.
func checkNumber(L *lua.LState, n int) float64 {
	f, ok := numberOf(L.Get(n))
	if !ok {
		L.TypeError(n, lua.LTNumber)
	}
	return float64(f)
}

// checkInt is checkNumber without the part behind the point; what is too large
// for an int is the smallest.
func checkInt(L *lua.LState, n int) int { return int(toInt64(checkNumber(L, n))) }

// optInt is checkInt with a default for nil.
func optInt(L *lua.LState, n, otherwise int) int {
	if L.Get(n) == lua.LNil {
		return otherwise
	}
	return checkInt(L, n)
}

// numeric makes of f, which takes numbers, a function that also takes texts
// that read as numbers.
func numeric(f *lua.LFunction) lua.LGFunction {
	return func(L *lua.LState) int {
		for i := 1; i <= L.GetTop(); i++ {
			if n, ok := numberOf(L.Get(i)); ok {
				L.Replace(i, n)
			}
		}
		return f.GFunction(L)
	}
}
