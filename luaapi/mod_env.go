package luaapi

import (
	"os"
	"slices"

	lua "github.com/yuin/gopher-lua"
)

// newEnv returns the module env. It may be used while the policy loads.
func newEnv(rt *runtime, L *lua.LState) *lua.LTable {
	return L.SetFuncs(L.NewTable(), map[string]lua.LGFunction{
		"get": func(L *lua.LState) int {
			const what = "env.get"
			name := argText(L, 1, what)
			if !slices.Contains(rt.allow.Env, name) {
				L.RaiseError("%s: the variable %.60q is not allowed here: start luavs with --allow-env=%.60s", what, name, name)
			}
			if value, ok := os.LookupEnv(name); ok {
				L.Push(lua.LString(value))
			} else {
				L.Push(L.Get(2))
			}
			return 1
		},
	})
}
