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
	"_G": "_G _VERSION assert ipairs next pairs rawequal rawget rawset type unpack",
	"math": "abs acos asin atan atan2 ceil cos cosh deg exp floor fmod frexp ldexp log log10 max min mod " +
		"pi pow rad sin sinh sqrt tan tanh",
	"os":     "clock difftime",
	"string": "",
	"table":  "getn maxn",
}

// openLibraries opens the libraries, takes away what is not kept, and adds our own.
func (v *VM) openLibraries() {
	L := v.main
	ud := L.NewUserData()
	ud.Value = v
	L.G.Registry.RawSetString(registryKey, ud)

	lua.OpenBase(L)
	keep(L.G.Global, kept["_G"])
	v.openBase()
	v.openConcat()
	v.openString() // also for s:len()
	for name, open := range map[string]func(){
		"coroutine": v.openCoroutines, "math": v.openMath, "os": v.openOs, "table": v.openTable,
	} {
		if v.opts.Uses == nil || v.opts.Uses(name) {
			open()
		} else {
			L.SetGlobal(name, lua.LTrue) // for those who list the names
		}
	}
	L.SetTop(0)
	if v.opts.Strict {
		v.guardGlobals()
	}
}

// stock opens a library of gopher-lua and returns what is kept of it.
func (v *VM) stock(name string, open lua.LGFunction) *lua.LTable {
	open(v.main)
	lib := v.main.GetGlobal(name).(*lua.LTable)
	keep(lib, kept[name])
	return lib
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
	lib := v.stock("math", lua.OpenMath)
	v.seed(v.opts.Seed)
	lib.ForEach(func(name, f lua.LValue) {
		if f, ok := f.(*lua.LFunction); ok {
			lib.RawSet(name, v.main.NewFunction(numeric(f)))
		}
	})
	lib.RawSetString("huge", lua.LNumber(math.Inf(1)))
	v.main.SetFuncs(lib, map[string]lua.LGFunction{"modf": mathModf, "random": mathRandom, "randomseed": mathRandomseed})
}

func (v *VM) openOs() {
	lib := v.stock("os", lua.OpenOs)
	v.main.SetFuncs(lib, map[string]lua.LGFunction{"date": osDate, "time": osTime})
}
