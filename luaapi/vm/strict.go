package vm

import (
	lua "github.com/yuin/gopher-lua"
)

// guardGlobals makes reading an undefined global an error, and writing a new
// one, too, once the main chunk has run.
func (v *VM) guardGlobals() {
	L := v.main
	mt := L.CreateTable(0, 3)
	L.SetFuncs(mt, map[string]lua.LGFunction{
		"__index": func(L *lua.LState) int {
			name := L.Get(2).String()
			if word, ok := foreign[name]; ok {
				L.RaiseError("undefined name '%s' (Lua writes %s)", name, word)
			}
			L.RaiseError("undefined name '%s'", name)
			return 0
		},
		"__newindex": func(L *lua.LState) int {
			if v.ready {
				L.RaiseError("'%s' would become a global variable here (write \"local %[1]s\", or set it when the policy loads)", L.Get(2).String())
			}
			L.CheckTable(1).RawSet(L.Get(2), L.Get(3))
			return 0
		},
	})
	mt.RawSetString("__metatable", lua.LFalse)
	L.G.Global.Metatable = mt
}

// foreign are values as other languages write them.
var foreign = map[string]string{
	"null": "nil", "NULL": "nil", "None": "nil", "undefined": "nil", "True": "true", "False": "false",
}
