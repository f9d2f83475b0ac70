package luaapi

import (
	"slices"

	lua "github.com/yuin/gopher-lua"

	"luavs/luaapi/syntax"
)

// open puts everything a policy can call into its VM. A module that its text
// does not name, and so cannot reach, is there in name alone.
func (ld *loader) open(L *lua.LState) {
	rt := ld.rt
	for name, f := range map[string]lua.LGFunction{
		"virtual_server": ld.virtualServer,
		"real_server":    ld.realServerCall,
		"probes":         ld.probes,
		"limits":         ld.limits,
		"isolation":      ld.isolation,
		"on":             ld.on,
		"every":          ld.every,
		"cron":           ld.cron,
		"after":          ld.after,
		"options":        ld.options,
		"require":        ld.require,
		"remedy":         ld.remedy,
		"sleep":          rt.sleep,
		"spawn":          rt.spawn,
		"wait":           rt.wait,
	} {
		L.SetGlobal(name, L.NewFunction(f))
	}
	all := modules(rt, L)
	all["check"] = func() *lua.LTable { return ld.checkModule(L) }
	all["source"] = func() *lua.LTable { return ld.sourceModule(L) }
	for name, module := range all {
		if L.SetGlobal(name, lua.LTrue); ld.uses(name) {
			L.SetGlobal(name, module())
		}
	}
	L.SetGlobal("try", newTry(L))
	rt.objects.servers.call = ld.realServerTable
	ld.ours = nameUndefined(L)
	ld.ours["policy"] = ld.policyModule(L)
	L.SetGlobal("policy", ld.ours["policy"])
	if module, ok := ld.ours["check"].(*lua.LTable); ok {
		ld.shipChecks(L, module)
	}
	notCalled(L, "check", "check.tcp {}, check.http {}, check.https {}, check.tls {}, check.udp {}, check.dns {}, check.icmp {}, check.exec {}, check.agent {}, check.file {}, check.ttl {} or check.lua {}")
	notCalled(L, "policy", "policy.standard {}")
	notCalled(L, "source", "source.file {}, source.dns {}, source.http {} or source.lua {}")
}

// spoken are the modules of which the checks of the library are made.
var spoken = []string{"bytes", "hash", "math", "os", "string", "table", "tcp", "udp"}

// usedNames tells which global variables a chunk names. With _G it may reach
// any; what it requires, remedy and the policies have code of their own, and so
// have the checks of the library.
func usedNames(chunk *syntax.Chunk) func(name string) bool {
	used := map[string]bool{}
	for _, u := range chunk.Globals() {
		used[u.Name] = true
	}
	return func(name string) bool {
		return used[name] || used["_G"] || used["require"] || used["remedy"] || used["policy"] || used["check"] && slices.Contains(spoken, name)
	}
}

// notCalled has calling a module say what to call.
func notCalled(L *lua.LState, name, instead string) {
	module, ok := L.GetGlobal(name).(*lua.LTable)
	if !ok {
		return // which is not used
	}
	module.Metatable.(*lua.LTable).RawSetString("__call", L.NewFunction(func(L *lua.LState) int {
		L.RaiseError("%s is no function: write %s", name, instead)
		return 0
	}))
}
