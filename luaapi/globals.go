package luaapi

import lua "github.com/yuin/gopher-lua"

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
	ld.ours = nameUndefined(L)
	ld.ours["policy"] = policyModule(L)
	L.SetGlobal("policy", ld.ours["policy"])
	notCalled(L, "check", "check.tcp {}, check.http {}, check.https {}, check.exec {} or check.lua {}")
	notCalled(L, "policy", "policy.standard {}")
}

// callable lets objects be called.
func (c *class[T]) callable(L *lua.LState, f lua.LGFunction) {
	c.meta = c.metatable(L)
	c.meta.RawSetString("__call", L.NewFunction(f))
}

// notCalled has calling a module say what to call.
func notCalled(L *lua.LState, name, instead string) {
	meta := L.GetGlobal(name).(*lua.LTable).Metatable.(*lua.LTable)
	meta.RawSetString("__call", L.NewFunction(func(L *lua.LState) int {
		L.RaiseError("%s is no function: write %s", name, instead)
		return 0
	}))
}
