package vm

import (
	"math"
	"strings"

	lua "github.com/yuin/gopher-lua"
)

// What is left of each of gopher-lua's libraries. What is not named here is
// not there: nothing reads files, starts programs, loads code or sees Go's
// insides. Replacements are added after that.
var kept = map[string]string{
	"_G": "_G _VERSION assert ipairs next pairs rawequal rawget rawset select type unpack",
	"math": "abs acos asin atan atan2 ceil cos cosh deg exp floor fmod frexp ldexp log log10 max min mod modf " +
		"pi pow rad sin sinh sqrt tan tanh",
	"os":     "clock date difftime time",
	"string": "byte char len reverse sub",
	"table":  "getn insert maxn remove sort",
}

// openLibraries opens the libraries, takes away what is not kept, and adds our own.
func (v *VM) openLibraries() {
	L := v.main
	ud := L.NewUserData()
	ud.Value = v
	L.G.Registry.RawSetString(registryKey, ud)

	lua.OpenBase(L)
	lua.OpenMath(L)
	lua.OpenOs(L)
	lua.OpenString(L)
	lua.OpenTable(L)
	L.SetTop(0)
	keep(L.G.Global, kept["_G"]+" math os string table")
	for _, lib := range []string{"math", "os", "string", "table"} {
		keep(L.GetGlobal(lib).(*lua.LTable), kept[lib])
	}

	v.openBase()
	v.openMath()
	v.openString()
	v.openTable()
	v.openConcat()
	v.openCoroutines()
	if v.opts.Strict {
		v.guardGlobals()
	}
}

// keep removes all entries of t but the named ones.
func keep(t *lua.LTable, names string) {
	list := strings.Fields(names)
	var gone []lua.LValue
	t.ForEach(func(k, _ lua.LValue) {
		for _, name := range list {
			if k.String() == name {
				return
			}
		}
		gone = append(gone, k)
	})
	for _, k := range gone {
		t.RawSet(k, lua.LNil)
	}
}

func (v *VM) openMath() {
	lib := v.main.GetGlobal("math").(*lua.LTable)
	lib.RawSetString("huge", lua.LNumber(math.Inf(1)))
	v.main.SetFuncs(lib, map[string]lua.LGFunction{"random": mathRandom, "randomseed": mathRandomseed})
}
