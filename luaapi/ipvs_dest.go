package luaapi

import (
	lua "github.com/yuin/gopher-lua"

	"luavs/ipvs"
	"luavs/luaapi/args"
)

// A dest is an object of ipvs.dest or of a service's dests.
type dest struct {
	spec ipvs.Destination
	home *home // the service it is in; nil for none
}

// in tells whether the destination is in a service: writing a field acts.
func (d *dest) in() bool { return d.home != nil && !d.home.gone }

func (m *kernelModule) destClass() class[*dest] {
	number := func(get func(*dest) float64) func(*lua.LState, *dest) lua.LValue {
		return func(_ *lua.LState, d *dest) lua.LValue { return lua.LNumber(get(d)) }
	}
	count := func(get func(ipvs.DestinationEntry) uint32) func(*lua.LState, *dest) lua.LValue {
		return func(L *lua.LState, d *dest) lua.LValue { return lua.LNumber(get(m.counted(L, d))) }
	}
	return class[*dest]{
		name:  "destination",
		print: func(d *dest) string { return d.spec.Addr.String() },
		write: m.writeDest,
		fields: map[string]func(*lua.LState, *dest) lua.LValue{
			"addr":                   func(_ *lua.LState, d *dest) lua.LValue { return lua.LString(d.spec.Addr.Addr().String()) },
			"port":                   number(func(d *dest) float64 { return float64(d.spec.Addr.Port()) }),
			"weight":                 number(func(d *dest) float64 { return float64(d.spec.Weight) }),
			"forward":                func(_ *lua.LState, d *dest) lua.LValue { return lua.LString(d.spec.Forward.String()) },
			"tunnel":                 tunnelOf,
			"upper_threshold":        number(func(d *dest) float64 { return float64(d.spec.UpperThreshold) }),
			"lower_threshold":        number(func(d *dest) float64 { return float64(d.spec.LowerThreshold) }),
			"active_connections":     count(func(e ipvs.DestinationEntry) uint32 { return e.Active }),
			"inactive_connections":   count(func(e ipvs.DestinationEntry) uint32 { return e.Inactive }),
			"persistent_connections": count(func(e ipvs.DestinationEntry) uint32 { return e.Persistent }),
			"stats":                  func(L *lua.LState, d *dest) lua.LValue { return statsView(L, m.counted(L, d).Stats) },
		},
	}
}

func tunnelOf(L *lua.LState, d *dest) lua.LValue {
	if d.spec.Forward != ipvs.Tunnel {
		return lua.LNil
	}
	return tunnelValue(L, d.spec.Encapsulation)
}

// newDest is ipvs.dest{...}.
func (m *kernelModule) newDest(L *lua.LState) int {
	const what = "ipvs.dest"
	if _, ok := L.Get(1).(*lua.LTable); !ok {
		L.RaiseError(`%s: argument 1: want a table such as { addr = "192.168.0.1:80" }, got %s`, what, args.Show(L.Get(1)))
	}
	f := args.Optional(L, 1, what)
	d := &dest{spec: ipvs.Destination{Addr: readAddr(f), Weight: 1}}
	readDestination(f, &d.spec)
	f.Raise()
	judge(L, what, ipvs.FamilyOf(d.spec.Addr.Addr()), d.spec)
	L.Push(m.dests.object(L, d))
	return 1
}

// judge raises a Lua error if no service of a family could have a destination.
func judge(L *lua.LState, what string, family ipvs.Family, spec ipvs.Destination) {
	if err := spec.Validate(ipvs.Service{ServiceKey: ipvs.MarkKey(1, family)}); err != nil {
		L.RaiseError("%s: %v", what, err)
	}
}

// destWritable are the fields of a destination that are not its address.
var destWritable = []string{"weight", "forward", "tunnel", "upper_threshold", "lower_threshold"}

// writeDest writes one field: at once if the destination is in a service.
func (m *kernelModule) writeDest(L *lua.LState, d *dest, field string, value lua.LValue) {
	what := "destination." + field
	spec := d.spec
	readField(L, what, field, value, destWritable, func(f *args.Fields) { readDestination(f, &spec) })
	if spec.Forward != ipvs.Tunnel {
		spec.Encapsulation = ipvs.Encapsulation{}
	}
	if d.in() {
		m.rt.running(L, what)
		m.setDest(L, d.home, d, spec)
		return
	}
	judge(L, what, ipvs.FamilyOf(spec.Addr.Addr()), spec)
	d.spec = spec
}

// setDest asks the kernel to have a destination as spec.
func (m *kernelModule) setDest(L *lua.LState, h *home, d *dest, spec ipvs.Destination) {
	old := *d
	d.spec, d.home = spec, h
	m.send(L, step{destChange(ipvs.SetDestination, h, spec), func() { *d = old }})
}

func destChange(op ipvs.Op, h *home, spec ipvs.Destination) ipvs.Change {
	return ipvs.Change{Op: op, Service: ipvs.Service{ServiceKey: h.key}, Destination: spec}
}

// argDest returns argument 2 of a method of a service: a destination that is in
// no other service.
func (m *kernelModule) argDest(L *lua.LState, s *service, v lua.LValue, what string) *dest {
	d, ok := m.dests.value(v)
	if !ok {
		L.RaiseError("%s: want a destination made by ipvs.dest{...}, got %s", what, args.Show(v))
	}
	if d.in() && d.home.key != s.spec.ServiceKey {
		L.RaiseError("%s: %v is in %v already; make another with ipvs.dest{...}", what, d.spec.Addr, d.home.key)
	}
	return d
}

func (m *kernelModule) addDest(L *lua.LState, s *service) int {
	const what = "service:add_dest"
	m.rt.running(L, what)
	m.send(L, s.add(m.argDest(L, s, L.Get(2), what)))
	return 0
}

// add makes the step that puts a destination into a service.
func (s *service) add(d *dest) step {
	old := d.home
	d.home = s.home
	return step{destChange(ipvs.AddDestination, s.home, d.spec), func() { d.home = old }}
}

func (m *kernelModule) addDests(L *lua.LState, s *service) int {
	const what = "service:add_dests"
	m.rt.running(L, what)
	t, ok := L.Get(2).(*lua.LTable)
	if !ok {
		L.RaiseError("%s: argument 1: want a list of destinations, got %s", what, args.Show(L.Get(2)))
	}
	f := args.Table(L, t, what)
	items := f.List()
	f.Raise()
	all := make([]*dest, len(items))
	for i, item := range items {
		all[i] = m.argDest(L, s, item, what)
	}
	steps := make([]step, len(all))
	for i, d := range all {
		steps[i] = s.add(d)
	}
	if len(steps) > 0 {
		m.send(L, steps...)
	}
	return 0
}

func (m *kernelModule) updateDest(L *lua.LState, s *service) int {
	const what = "service:update_dest"
	m.rt.running(L, what)
	d := m.argDest(L, s, L.Get(2), what)
	m.setDest(L, s.home, d, d.spec)
	return 0
}

func (m *kernelModule) delDest(L *lua.LState, s *service) int {
	const what = "service:del_dest"
	m.rt.running(L, what)
	d := m.argDest(L, s, L.Get(2), what)
	old := d.home
	d.home = nil
	m.send(L, step{destChange(ipvs.DelDestination, s.home, d.spec), func() { d.home = old }})
	return 0
}
