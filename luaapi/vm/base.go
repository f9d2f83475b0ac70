package vm

import (
	"strings"

	lua "github.com/yuin/gopher-lua"
)

func (v *VM) openBase() {
	v.main.SetFuncs(v.main.G.Global, map[string]lua.LGFunction{
		"collectgarbage": baseCollectgarbage,
		"error":          baseError,
		"getmetatable":   baseGetmetatable,
		"pcall":          basePcall,
		"print":          basePrint,
		"select":         baseSelect,
		"setmetatable":   baseSetmetatable,
		"tonumber":       baseTonumber,
		"tostring":       baseTostring,
		"xpcall":         baseXpcall,
	})
}

func basePrint(L *lua.LState) int {
	words := make([]string, L.GetTop())
	for i := range words {
		words[i] = toString(L, L.Get(i+1))
	}
	if print := Of(L).opts.Print; print != nil {
		print(strings.Join(words, "\t"))
	}
	return 0
}

// baseError counts levels as Lua 5.1 does; gopher-lua is one too low from 2 on.
func baseError(L *lua.LState) int {
	v, level := L.Get(1), optInt(L, 2, 1)
	if at := L.Where(level); level > 0 && at != "" && lua.LVCanConvToString(v) {
		v = lua.LString(at + " " + describe(v))
	}
	L.Error(v, 0)
	return 0
}

// baseSelect is select(n, ...).
func baseSelect(L *lua.LState) int {
	if L.Get(1) == lua.LString("#") {
		L.Push(lua.LNumber(L.GetTop() - 1))
		return 1
	}
	n, given := checkInt(L, 1), L.GetTop()
	if n < 0 {
		n += given
	}
	if n < 1 {
		L.ArgError(1, "index out of range")
	}
	return max(0, given-n)
}

// baseGetmetatable hides the metatable that all strings share.
func baseGetmetatable(L *lua.LState) int {
	L.Push(L.GetMetatable(L.CheckAny(1)))
	return 1
}

func baseSetmetatable(L *lua.LState) int {
	t := L.CheckTable(1)
	L.CheckTypes(2, lua.LTNil, lua.LTTable)
	if L.GetMetaField(t, "__metatable") != lua.LNil {
		L.RaiseError("cannot change a protected metatable")
	}
	L.SetMetatable(t, L.Get(2))
	L.SetTop(1)
	return 1
}

func baseTostring(L *lua.LState) int {
	L.Push(lua.LString(toString(L, L.CheckAny(1))))
	return 1
}

// toString is what tostring answers for v.
func toString(L *lua.LState, v lua.LValue) string {
	if n, ok := v.(lua.LNumber); ok {
		return formatNumber(float64(n))
	}
	s, ok := L.ToStringMeta(v).(lua.LString)
	if !ok {
		L.RaiseError("'tostring' must return a string to 'print'")
	}
	return string(s)
}

func baseTonumber(L *lua.LState) int {
	base := optInt(L, 2, 10)
	v := L.CheckAny(1)
	if base != 10 {
		v = lua.LString(checkText(L, 1))
	}
	if base < 2 || base > 36 {
		L.ArgError(2, "base out of range")
	}
	switch v := v.(type) {
	case lua.LNumber:
		L.Push(v)
	case lua.LString:
		L.Push(parseNumber(string(v), base))
	default:
		L.Push(lua.LNil)
	}
	return 1
}

// baseCollectgarbage answers "count" in KiB and does nothing else: collecting
// is the process's business, not one policy's.
func baseCollectgarbage(L *lua.LState) int {
	what := optText(L, 1, "collect")
	switch what {
	case "count":
		L.Push(lua.LNumber(float64(heapSize()) / 1024))
	case "collect", "step", "stop", "restart", "setpause", "setstepmul":
		L.Push(lua.LNumber(0))
	default:
		L.ArgError(1, "invalid option '"+what+"'")
	}
	return 1
}
