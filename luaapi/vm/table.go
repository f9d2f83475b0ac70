package vm

import (
	"strings"

	lua "github.com/yuin/gopher-lua"
)

func (v *VM) openTable() {
	lib := v.stock("table", lua.OpenTable)
	v.main.SetFuncs(lib, map[string]lua.LGFunction{"concat": tableConcat})
}

// tableConcat is table.concat(t [, sep [, i [, j]]]), without a push for each
// element, which would overflow the Lua stack at a few thousand.
func tableConcat(L *lua.LState) int {
	t := L.CheckTable(1)
	sep := L.OptString(2, "")
	i, j := L.OptInt(3, 1), L.OptInt(4, t.Len())
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
