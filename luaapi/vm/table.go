package vm

import (
	"slices"
	"strings"

	lua "github.com/yuin/gopher-lua"
)

func (v *VM) openTable() {
	lib := v.stock("table", lua.OpenTable)
	v.main.SetFuncs(lib, map[string]lua.LGFunction{
		"concat": tableConcat, "insert": tableInsert, "remove": tableRemove, "sort": tableSort,
	})
}

// tableConcat is table.concat(t [, sep [, i [, j]]]), without a push for each
// element, which would overflow the Lua stack at a few thousand.
func tableConcat(L *lua.LState) int {
	t := L.CheckTable(1)
	sep := optText(L, 2, "")
	i, j := optInt(L, 3, 1), optInt(L, 4, t.Len())
	var b strings.Builder
	for k := i; k <= j; k++ {
		switch v := t.RawGetInt(k).(type) {
		case lua.LString:
			b.WriteString(string(v))
		case lua.LNumber:
			b.WriteString(formatNumber(float64(v)))
		default:
			L.RaiseError("invalid value (%s) at index %d in table for 'concat'", v.Type(), k)
		}
		if k < j {
			b.WriteString(sep)
		}
		checkSize(L, b.Len())
	}
	L.Push(lua.LString(b.String()))
	return 1
}

// tableInsert is table.insert(t, [i,] value).
func tableInsert(L *lua.LState) int {
	t := L.CheckTable(1)
	switch L.GetTop() {
	case 1:
		L.RaiseError("wrong number of arguments to 'insert'")
	case 2:
		t.Append(L.Get(2))
	default:
		i := L.CheckInt(2)
		chargeMove(L, t.Len()-i)
		t.Insert(i, L.Get(3))
	}
	return 0
}

// chargeMove makes the budget feel that n entries of a table move.
func chargeMove(L *lua.LState, n int) {
	if n > lookEvery {
		Work(L, n/64)
	}
}

// tableRemove is table.remove(t [, i]). gopher-lua's own takes a nil at the end
// of a constructor for an entry.
func tableRemove(L *lua.LState) int {
	t := L.CheckTable(1)
	n := t.Len()
	i := optInt(L, 2, n)
	if i < 1 || i > n {
		return 0
	}
	chargeMove(L, n-i)
	L.Push(t.Remove(i))
	return 1
}

// sortLook is after how many comparisons a sort looks at the clock.
const sortLook = 1024

// tableSort is table.sort(t [, less]). Entries are compared as `<` does; what
// less says may contradict itself.
func tableSort(L *lua.LState) int {
	t := L.CheckTable(1)
	less := L.LessThan
	if L.Get(2) != lua.LNil {
		f := L.CheckFunction(2)
		less = func(a, b lua.LValue) bool {
			L.Push(f)
			L.Push(a)
			L.Push(b)
			L.Call(2, 1)
			answer := L.ToBool(-1)
			L.Pop(1)
			return answer
		}
	}
	entries := make([]lua.LValue, t.Len())
	for i := range entries {
		entries[i] = t.RawGetInt(i + 1)
	}
	compared := 0
	slices.SortFunc(entries, func(a, b lua.LValue) int {
		if compared++; compared%sortLook == 0 {
			look(L)
		}
		switch {
		case less(a, b):
			return -1
		case less(b, a):
			return 1
		}
		return 0
	})
	for i, v := range entries {
		t.RawSetInt(i+1, v)
	}
	return 0
}

// look ends the task if its time is over: a function that works for long without
// running Lua calls it now and then.
func look(L *lua.LState) {
	if th := threadOf(L); th != nil && th.task.look(L) != nil {
		th.task.end(L)
	}
}
