package ipvs

import (
	"net/netip"
	"slices"
	"sync"
	"syscall"
)

// A Memory is a model of the kernel: it holds a table and answers as IPVS
// does, but no packet moves and no address is its own. It knows every scheduler
// of [Schedulers] and the persistence engine "sip", has IPv6 and the variables
// of [Sysctls] with their defaults, and counts nothing by itself. Unlike the
// kernel it keeps no memory of deleted destinations: one that comes back
// begins at zero.
type Memory struct {
	mu         sync.Mutex
	services   map[ServiceKey]*memoryService
	timeouts   Timeouts
	daemons    map[Role]Daemon
	interfaces []string          // nil: any
	sysctls    map[string]string // those that were set
}

type memoryService struct {
	service      Service
	destinations []memoryDestination // sorted by address
}

// memoryDestination is a destination with its connections. It has no room for
// what a Memory does not count.
type memoryDestination struct {
	Destination
	active, inactive uint32
}

// NewMemory returns an empty table.
func NewMemory() *Memory {
	return &Memory{
		services: map[ServiceKey]*memoryService{},
		timeouts: defaultTimeouts(),
		daemons:  map[Role]Daemon{},
		sysctls:  map[string]string{},
	}
}

// Close does nothing, and returns nil.
func (m *Memory) Close() error { return nil }

// Services returns all services without their destinations, sorted by key.
func (m *Memory) Services() ([]Entry, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	var entries []Entry
	for _, s := range m.services {
		entries = append(entries, Entry{Service: s.service})
	}
	slices.SortFunc(entries, compareEntries)
	return entries, nil
}

// Service returns a service without its destinations, or ErrNoService.
func (m *Memory) Service(key ServiceKey) (Entry, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	s, err := m.find("get", key)
	if err != nil {
		return Entry{}, err
	}
	return Entry{Service: s.service}, nil
}

// Destinations returns the destinations of a service sorted by address, or
// ErrNoService.
func (m *Memory) Destinations(key ServiceKey) ([]DestinationEntry, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	s, err := m.find("list destinations of", key)
	if err != nil {
		return nil, err
	}
	return s.list(), nil
}

func (s *memoryService) list() []DestinationEntry {
	if len(s.destinations) == 0 {
		return nil
	}
	list := make([]DestinationEntry, len(s.destinations))
	for i, d := range s.destinations {
		list[i] = DestinationEntry{Destination: d.Destination, Active: d.active, Inactive: d.inactive}
	}
	return list
}

// place returns where the destination with an address is, or would be.
func (s *memoryService) place(addr netip.AddrPort) (at int, held bool) {
	if n := len(s.destinations); n == 0 || s.destinations[n-1].Addr.Compare(addr) < 0 {
		return n, false // the usual one: who adds many does so in order
	}
	return slices.BinarySearchFunc(s.destinations, addr, func(d memoryDestination, a netip.AddrPort) int { return d.Addr.Compare(a) })
}

// find returns a service; the caller holds the lock.
func (m *Memory) find(verb string, key ServiceKey) (*memoryService, error) {
	op := verb + " service " + key.String()
	if f := key.fault(); f != nil {
		return nil, f.error(op)
	}
	s := m.services[key]
	if s == nil {
		return nil, refuseRequest(op, syscall.ESRCH)
	}
	return s, nil
}

// Table returns the services with their destinations: those of the keys that
// exist, or all if no key is named. It is sorted.
func (m *Memory) Table(keys ...ServiceKey) (Table, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, key := range keys {
		if f := key.fault(); f != nil {
			return nil, f.error("get service " + key.String())
		}
	}
	var t Table
	for _, s := range m.chosen(keys) {
		t = append(t, Entry{Service: s.service, Destinations: s.list()})
	}
	slices.SortFunc(t, compareEntries)
	return t, nil
}

// chosen returns the services with these keys, as far as they are there, or all
// for none; the caller holds the lock.
func (m *Memory) chosen(keys []ServiceKey) map[ServiceKey]*memoryService {
	if len(keys) == 0 {
		return m.services
	}
	some := make(map[ServiceKey]*memoryService, len(keys))
	for _, key := range keys {
		if s := m.services[key]; s != nil {
			some[key] = s
		}
	}
	return some
}

// String returns the table as [Table.String] does.
func (m *Memory) String() string {
	t, _ := m.Table()
	return t.String()
}

// Flush deletes all services.
func (m *Memory) Flush() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	clear(m.services)
	return nil
}

// Zero does nothing but find the services, because a Memory counts nothing.
// It returns ErrNoService for the first that is missing.
func (m *Memory) Zero(keys ...ServiceKey) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, key := range keys {
		if _, err := m.find("zero", key); err != nil {
			return err
		}
	}
	return nil
}

// SetConnections gives a destination connections, as traffic does in the
// kernel. They stay until they are set again or the destination is deleted.
func (m *Memory) SetConnections(key ServiceKey, addr netip.AddrPort, active, inactive uint32) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	s, err := m.find("set connections in", key)
	if err != nil {
		return err
	}
	at, held := s.place(addr)
	if !held {
		return refuse(Change{Op: SetDestination, Service: s.service, Destination: Destination{Addr: addr}}, syscall.ENOENT)
	}
	s.destinations[at].active, s.destinations[at].inactive = active, inactive
	return nil
}
