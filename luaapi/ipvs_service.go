package luaapi

import (
	"slices"
	"strings"

	lua "github.com/yuin/gopher-lua"

	"luavs/ipvs"
	"luavs/luaapi/args"
)

// A service is an object of ipvs.service, ipvs.find or ipvs.services.
type service struct {
	spec ipvs.Service
	live bool // the kernel has it: writing a field acts
	home *home
}

func (m *kernelModule) serviceClass() class[*service] {
	number := func(get func(*service) float64) func(*lua.LState, *service) lua.LValue {
		return func(_ *lua.LState, s *service) lua.LValue { return lua.LNumber(get(s)) }
	}
	text := func(get func(*service) string) func(*lua.LState, *service) lua.LValue {
		return func(_ *lua.LState, s *service) lua.LValue { return lua.LString(get(s)) }
	}
	return class[*service]{
		name:  "service",
		print: func(s *service) string { return s.spec.ServiceKey.String() },
		equal: func(a, b *service) bool { return a.spec.ServiceKey == b.spec.ServiceKey },
		write: m.writeService,
		fields: map[string]func(*lua.LState, *service) lua.LValue{
			"addr":                addrOnly(func(s *service) lua.LValue { return lua.LString(s.spec.Addr.Addr().String()) }),
			"port":                addrOnly(func(s *service) lua.LValue { return lua.LNumber(s.spec.Addr.Port()) }),
			"protocol":            addrOnly(func(s *service) lua.LValue { return lua.LString(s.spec.Protocol.String()) }),
			"fwmark":              fwmark,
			"family":              text(func(s *service) string { return s.spec.Family.String() }),
			"scheduler":           text(func(s *service) string { return s.spec.Scheduler }),
			"scheduler_flags":     func(L *lua.LState, s *service) lua.LValue { return list(L, schedFlagWords(s.spec), textValue) },
			"persistence":         number(func(s *service) float64 { return s.spec.Persistence.Seconds() }),
			"persistence_netmask": func(_ *lua.LState, s *service) lua.LValue { return netmaskValue(s.spec.Netmask) },
			"one_packet":          func(_ *lua.LState, s *service) lua.LValue { return lua.LBool(s.spec.OnePacket) },
			"pe":                  text(func(s *service) string { return s.spec.PE }),
			"dests":               m.destsOf,
			"stats":               m.statsOf,
		},
		methods: map[string]func(*lua.LState, *service) int{
			"add":         m.addService,
			"update":      m.updateService,
			"delete":      m.deleteService,
			"zero":        m.zeroService,
			"add_dest":    m.addDest,
			"add_dests":   m.addDests,
			"update_dest": m.updateDest,
			"del_dest":    m.delDest,
			"find_dest":   m.findDest,
		},
	}
}

// addrOnly is a field that a service of a firewall mark does not have: nil.
func addrOnly(get func(*service) lua.LValue) func(*lua.LState, *service) lua.LValue {
	return func(_ *lua.LState, s *service) lua.LValue {
		if s.spec.FWMark > 0 {
			return lua.LNil
		}
		return get(s)
	}
}

func fwmark(_ *lua.LState, s *service) lua.LValue {
	if s.spec.FWMark == 0 {
		return lua.LNil
	}
	return lua.LNumber(s.spec.FWMark)
}

func textValue(s string) lua.LValue { return lua.LString(s) }

// newService is ipvs.service{...}.
func (m *kernelModule) newService(L *lua.LState) int {
	const what = "ipvs.service"
	if _, ok := L.Get(1).(*lua.LTable); !ok {
		L.RaiseError(`%s: argument 1: want a table such as { addr = "10.0.0.1:80" }, got %s`, what, args.Show(L.Get(1)))
	}
	f := args.Optional(L, 1, what)
	s := &service{spec: ipvs.Service{ServiceKey: readKey(f), Scheduler: defaultScheduler}}
	readScheduling(f, &s.spec)
	f.Raise()
	if err := s.spec.Validate(); err != nil {
		L.RaiseError("%s: %v", what, err)
	}
	s.home = &home{key: s.spec.ServiceKey}
	L.Push(m.services.object(L, s))
	return 1
}

// serviceWritable are the fields of a service that are not its key.
var serviceWritable = []string{"scheduler", "scheduler_flags", "persistence", "persistence_netmask", "one_packet", "pe"}

// writeService writes one field: at once if the kernel has the service.
func (m *kernelModule) writeService(L *lua.LState, s *service, field string, value lua.LValue) {
	what := "service." + field
	spec := s.spec
	readField(L, what, field, value, serviceWritable, func(f *args.Fields) { readScheduling(f, &spec) })
	if s.live {
		m.rt.running(L, what)
		m.set(L, s, spec)
		return
	}
	if err := spec.Validate(); err != nil {
		L.RaiseError("%s: %v", what, err)
	}
	s.spec = spec
}

// readField reads the value of a single field as read reads it from a table.
func readField(L *lua.LState, what, field string, value lua.LValue, writable []string, read func(*args.Fields)) {
	if !slices.Contains(writable, field) {
		L.RaiseError("%s cannot be written; what can: %s", what, strings.Join(writable, ", "))
	}
	if value == lua.LNil {
		L.RaiseError("%s: want a value, got nil", what)
	}
	t := L.NewTable()
	t.RawSetString(field, value)
	f := args.Table(L, t, what)
	read(f)
	f.Raise()
}

// set asks the kernel to have a service as spec.
func (m *kernelModule) set(L *lua.LState, s *service, spec ipvs.Service) {
	old, live := s.spec, s.live
	s.spec, s.live = spec, true
	m.send(L, step{
		ipvs.Change{Op: ipvs.SetService, Service: spec},
		func() { s.spec, s.live = old, live },
	})
}

func (m *kernelModule) addService(L *lua.LState, s *service) int {
	m.rt.running(L, "service:add")
	live := s.live
	s.live = true
	m.send(L, step{
		ipvs.Change{Op: ipvs.AddService, Service: s.spec},
		func() { s.live = live },
	})
	return 0
}

func (m *kernelModule) updateService(L *lua.LState, s *service) int {
	m.rt.running(L, "service:update")
	m.set(L, s, s.spec)
	return 0
}

func (m *kernelModule) deleteService(L *lua.LState, s *service) int {
	m.rt.running(L, "service:delete")
	live, old := s.live, s.home
	s.live, s.home = false, &home{key: s.spec.ServiceKey}
	old.gone = true
	m.send(L, step{
		ipvs.Change{Op: ipvs.DelService, Service: s.spec},
		func() {
			s.live, s.home = live, old
			old.gone = false
		},
	})
	return 0
}

func (m *kernelModule) zeroService(L *lua.LState, s *service) int {
	m.alone(L, "service:zero")
	m.done(L, m.rt.kernel.Zero(s.spec.ServiceKey))
	return 0
}
