package ipvs

import (
	"errors"
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
