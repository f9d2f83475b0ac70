package luaapi

import (
	"net/netip"
	"time"

	lua "github.com/yuin/gopher-lua"

	"luavs/ipvs"
)

// freshFor is how long a reading of the kernel answers questions about
// counters: a loop over a service's destinations reads the kernel once.
const freshFor = 100 * time.Millisecond

// A home is what the destinations of a service are in, and what was last read
// of it. It ends when the service is deleted through the object it belongs to;
// a service deleted by others is found out when the kernel refuses.
type home struct {
	key  ipvs.ServiceKey
	gone bool

	entry ipvs.Entry
	at    time.Time // when it was read; zero for never
	after uint64    // the changes made before it was read
}

// keep notes what was just read.
func (m *kernelModule) keep(h *home, e ipvs.Entry) {
	h.entry, h.at, h.after = e, time.Now(), m.changes
}

// found makes an object of a service that was just read.
func (m *kernelModule) found(L *lua.LState, e ipvs.Entry) lua.LValue {
	s := &service{spec: e.Service, live: true, home: &home{key: e.ServiceKey}}
	m.keep(s.home, e)
	return m.services.object(L, s)
}

// read returns a service as the kernel has it now; false if there is none.
func (m *kernelModule) read(L *lua.LState, key ipvs.ServiceKey) (ipvs.Entry, bool) {
	table, err := m.rt.kernel.Table(key)
	raise(L, err)
	if len(table) == 0 {
		return ipvs.Entry{}, false
	}
	return table[0], true
}

// destsOf is service.dests: read from the kernel at each use.
func (m *kernelModule) destsOf(L *lua.LState, s *service) lua.LValue {
	m.rt.running(L, "service.dests")
	e := m.refresh(L, s.home)
	return list(L, e.Destinations, func(d ipvs.DestinationEntry) lua.LValue {
		return m.dests.object(L, &dest{d.Destination, s.home})
	})
}

// findDest is service:find_dest("ADDR:PORT"), or of a destination with that
// address.
func (m *kernelModule) findDest(L *lua.LState, s *service) int {
	const what = "service:find_dest"
	m.rt.running(L, what)
	addr := m.destAddr(L, what)
	for _, d := range m.refresh(L, s.home).Destinations {
		if d.Addr == addr {
			L.Push(m.dests.object(L, &dest{d.Destination, s.home}))
			return 1
		}
	}
	L.Push(lua.LNil)
	return 1
}

// destAddr reads the second argument: an address, or a destination that has it.
func (m *kernelModule) destAddr(L *lua.LState, what string) netip.AddrPort {
	if d, ok := m.dests.value(L.Get(2)); ok {
		return d.spec.Addr
	}
	addr, err := parseServer(argText(L, 2, what))
	if err != nil {
		L.RaiseError("%s: %v", what, err)
	}
	return addr
}

// statsOf is service.stats.
func (m *kernelModule) statsOf(L *lua.LState, s *service) lua.LValue {
	m.rt.running(L, "service.stats")
	return statsView(L, m.recent(L, s.home).Stats)
}

// counted returns a destination with what the kernel counted.
func (m *kernelModule) counted(L *lua.LState, d *dest) ipvs.DestinationEntry {
	m.rt.running(L, "the counters of a destination")
	if !d.in() {
		L.RaiseError("%v is in no service: nothing is counted", d.spec.Addr)
	}
	for _, e := range m.recent(L, d.home).Destinations {
		if e.Addr == d.spec.Addr {
			return e
		}
	}
	L.RaiseError("%v is not in %v any more", d.spec.Addr, d.home.key)
	return ipvs.DestinationEntry{}
}

// recent returns a service as the kernel had it a moment ago.
func (m *kernelModule) recent(L *lua.LState, h *home) ipvs.Entry {
	if h.after == m.changes && time.Since(h.at) < freshFor {
		return h.entry
	}
	return m.refresh(L, h)
}

// refresh reads a service from the kernel.
func (m *kernelModule) refresh(L *lua.LState, h *home) ipvs.Entry {
	e, ok := m.read(L, h.key)
	if !ok {
		L.RaiseError("%v: %v", h.key, ipvs.ErrNoService)
	}
	m.keep(h, e)
	return e
}
