package luaapi

import (
	lua "github.com/yuin/gopher-lua"

	"luavs/luaapi/args"
)

// open puts everything a policy can call into its VM.
func (ld *loader) open(L *lua.LState) {
	rt := ld.rt
	for name, f := range map[string]lua.LGFunction{
		"virtual_server": ld.virtualServer,
		"real_server":    ld.realServerCall,
		"on":             ld.on,
		"every":          ld.every,
		"cron":           ld.cron,
		"after":          ld.after,
		"options":        ld.options,
		"sleep":          rt.sleep,
		"spawn":          rt.spawn,
	} {
		L.SetGlobal(name, L.NewFunction(f))
	}
	for name, module := range modules(rt, L) {
		L.SetGlobal(name, module)
	}
	L.SetGlobal("check", ld.checkModule(L))
	rt.objects.servers.callable(L, ld.realServerTable)
	nameUndefined(L)
	L.SetGlobal("policy", policyModule(L))
}

// callable lets objects be called.
func (c *class[T]) callable(L *lua.LState, f lua.LGFunction) {
	c.meta = c.metatable(L)
	c.meta.RawSetString("__call", L.NewFunction(f))
}

// nameUndefined makes an error of reading a name that is not defined, alone or
// in a module, and has it say which one may have been meant.
func nameUndefined(L *lua.LState) {
	L.G.Global.ForEach(func(k, v lua.LValue) {
		if module, ok := v.(*lua.LTable); ok && module != L.G.Global {
			module.Metatable = L.NewTable()
			onUndefined(L, module, k.String()+" has no")
		}
	})
	onUndefined(L, L.G.Global, "undefined name")
}

func onUndefined(L *lua.LState, t *lua.LTable, complaint string) {
	t.Metatable.(*lua.LTable).RawSetString("__index", L.NewFunction(func(L *lua.LState) int {
		name := L.Get(2).String()
		var known []string
		t.ForEach(func(k, _ lua.LValue) { known = append(known, k.String()) })
		L.RaiseError("%s %q%s", complaint, name, args.Hint(name, known))
		return 0
	}))
}
