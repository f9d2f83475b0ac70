package luaapi

import (
	"context"

	lua "github.com/yuin/gopher-lua"

	"luavs/ipvs"
	"luavs/luaapi/args"
	"luavs/luaapi/vm"
)

// kernelModule is the module ipvs of one policy: the kernel's own objects,
// where one call is one request. It keeps no table of its own; what an object
// says of itself is what was last sent or read through it.
type kernelModule struct {
	rt       *runtime
	services class[*service]
	dests    class[*dest]

	// batches are the open ones, by the task that opened them.
	batches map[context.Context]*batch

	changes uint64 // how often this module has changed the table
}

// newIPVS returns the module ipvs.
func newIPVS(rt *runtime, L *lua.LState) *lua.LTable {
	m := &kernelModule{rt: rt, batches: map[context.Context]*batch{}}
	m.services = m.serviceClass()
	m.dests = m.destClass()
	return L.SetFuncs(L.CreateTable(0, 8), map[string]lua.LGFunction{
		"service":  m.newService,
		"dest":     m.newDest,
		"services": m.list,
		"find":     m.find,
		"flush":    m.flush,
		"zero":     m.zero,
		"batch":    m.batch,
		"info":     m.info,
		"timeouts": m.timeouts,
		"sysctl":   m.sysctl,

		"daemons":      m.daemons,
		"start_daemon": m.startDaemon,
		"stop_daemon":  m.stopDaemon,
		"connections":  m.connections,
	})
}

// list is ipvs.services().
func (m *kernelModule) list(L *lua.LState) int {
	m.rt.running(L, "ipvs.services")
	table, err := m.rt.kernel.Table()
	raise(L, err)
	L.Push(list(L, table, func(e ipvs.Entry) lua.LValue { return m.found(L, e) }))
	return 1
}

// find is ipvs.find(text) and ipvs.find{...}.
func (m *kernelModule) find(L *lua.LState) int {
	const what = "ipvs.find"
	m.rt.running(L, what)
	e, ok := m.read(L, argKey(L, what))
	if !ok {
		L.Push(lua.LNil)
		return 1
	}
	L.Push(m.found(L, e))
	return 1
}

// argKey returns the service that argument 1 names.
func argKey(L *lua.LState, what string) ipvs.ServiceKey {
	if text, ok := L.Get(1).(lua.LString); ok {
		key, err := parseKey(string(text))
		if err != nil {
			L.RaiseError("%s: %v", what, err)
		}
		return key
	}
	if _, ok := L.Get(1).(*lua.LTable); !ok {
		L.RaiseError(`%s: argument 1: want a text such as "10.0.0.1:80" or a table such as { addr = "10.0.0.1:80" }, got %s`, what, args.Show(L.Get(1)))
	}
	f := args.Optional(L, 1, what)
	key := readKey(f)
	f.Raise()
	return key
}

func (m *kernelModule) flush(L *lua.LState) int {
	m.alone(L, "ipvs.flush")
	m.done(L, m.rt.kernel.Flush())
	return 0
}

func (m *kernelModule) zero(L *lua.LState) int {
	m.alone(L, "ipvs.zero")
	m.done(L, m.rt.kernel.Zero())
	return 0
}

// alone raises a Lua error if a request cannot be made now, or not as a part of
// a batch.
func (m *kernelModule) alone(L *lua.LState, what string) {
	m.rt.running(L, what)
	if m.batches[vm.Context(L)] != nil {
		L.RaiseError("%s: cannot be a part of ipvs.batch, which sends changes of services and destinations", what)
	}
}

// done ends a request that may have changed the table.
func (m *kernelModule) done(L *lua.LState, err error) {
	m.changes++
	raise(L, err)
}

// raise makes a refusal a Lua error at the script's line.
func raise(L *lua.LState, err error) {
	if err != nil {
		L.RaiseError("%v", err)
	}
}
