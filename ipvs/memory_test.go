package ipvs

import (
	"errors"
	"math/rand/v2"
	"net/netip"
	"slices"
	"sync"
	"testing"
)

func TestConnectionsStayUntilTheDestinationIsDeleted(t *testing.T) {
	m := NewMemory()
	changes := append([]Change{{Op: AddService, Service: testService}}, adds(1)...)
	if errs := m.Apply(changes); errs != nil {
		t.Fatal(errs)
	}
	key, at := testService.ServiceKey, testDestination(0).Addr
	connections := func() [2]uint32 {
		list, err := m.Destinations(key)
		if err != nil || len(list) != 1 {
			t.Fatal(list, err)
		}
		return [2]uint32{list[0].Active, list[0].Inactive}
	}
	if err := m.SetConnections(key, at, 3, 4); err != nil {
		t.Fatal(err)
	}
	drained := adds(1)
	drained[0].Op, drained[0].Destination.Weight = SetDestination, 0
	if errs := m.Apply(drained); errs != nil || connections() != [2]uint32{3, 4} {
		t.Error(errs, connections())
	}
	again := adds(1)
	again[0].Op = DelDestination
	if errs := m.Apply(append(again, adds(1)...)); errs != nil || connections() != [2]uint32{} {
		t.Error(errs, connections())
	}
	if err := m.SetConnections(key, testDestination(1).Addr, 1, 1); !errors.Is(err, ErrNoDestination) {
		t.Error(err)
	}
	if err := m.SetConnections(otherKey, at, 1, 1); !errors.Is(err, ErrNoService) {
		t.Error(err)
	}
}

// TestMemoryIsSortedInWhateverOrderItIsFilled adds and deletes at random, and
// compares with a map.
func TestMemoryIsSortedInWhateverOrderItIsFilled(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	m, want := NewMemory(), map[netip.AddrPort]int{}
	m.Apply([]Change{{Op: AddService, Service: testService}})
	for step := range 2000 {
		d := testDestination(rnd.IntN(40))
		c := Change{Op: []Op{AddDestination, SetDestination, DelDestination}[rnd.IntN(3)], Service: testService, Destination: d}
		c.Destination.Weight = step
		_, held := want[d.Addr]
		if refused := m.Apply([]Change{c}) != nil; refused != (held == (c.Op == AddDestination)) {
			t.Fatalf("step %d: %v: refused %v, and it was held %v", step, c, refused, held)
		}
		switch {
		case c.Op == AddDestination && held, c.Op != AddDestination && !held:
		case c.Op == DelDestination:
			delete(want, d.Addr)
		default:
			want[d.Addr] = step
		}
	}
	list, err := m.Destinations(testService.ServiceKey)
	if err != nil || len(list) != len(want) || !slices.IsSortedFunc(list, compareDestinations) {
		t.Fatalf("%d destinations, want %d in order: %v, %v", len(list), len(want), list, err)
	}
	for _, d := range list {
		if d.Weight != want[d.Addr] {
			t.Errorf("%v has weight %d, want %d", d.Addr, d.Weight, want[d.Addr])
		}
	}
}

func TestMemoryGivesCopies(t *testing.T) {
	m := NewMemory()
	m.Apply(append([]Change{{Op: AddService, Service: testService}}, adds(1)...))
	before := m.String()
	table, _ := m.Table()
	table[0].Scheduler, table[0].Destinations[0].Weight = "wrr", 9
	if m.String() != before || m.Close() != nil {
		t.Errorf("the table became %s", m)
	}
}

func TestGoroutinesShareAMemory(t *testing.T) {
	m := NewMemory()
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			m.Apply(append([]Change{{Op: AddService, Service: testService}}, adds(50)...))
			m.Table()
			m.SetConnections(testService.ServiceKey, testDestination(0).Addr, 1, 1)
			m.Zero()
		})
	}
	wg.Wait()
	if list, err := m.Destinations(testService.ServiceKey); err != nil || len(list) != 50 {
		t.Error(len(list), err)
	}
}
