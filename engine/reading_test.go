package engine

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"luavs/ipvs"
)

// tracedKernel notes how many services are read and how many changes are made at
// a time.
type tracedKernel struct {
	*ipvs.Memory
	mu    sync.Mutex // the loop and the paths read at the same time
	trace []string
	first func() // is called when services are read next; nil: nothing
}

func (k *tracedKernel) note(what string, n int) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.trace = append(k.trace, fmt.Sprint(what, " ", n))
}

func (k *tracedKernel) Table(keys ...ipvs.ServiceKey) (ipvs.Table, error) {
	k.note("read", len(keys))
	if first := k.whenRead(nil); first != nil {
		first()
	}
	return k.Memory.Table(keys...)
}

func (k *tracedKernel) Apply(changes []ipvs.Change) []error {
	k.note("change", len(changes))
	return k.Memory.Apply(changes)
}

// farms is a config of the services of some addresses, with two servers each,
// which are always up.
func farms(ns ...int) Config {
	c := farm(passes)
	web := c.Services[0]
	web.Servers = []Server{{Name: "a", Destination: dest("1=1")}, {Name: "b", Destination: dest("2=3")}}
	c.Services = nil
	for _, n := range ns {
		web.Spec.ServiceKey = vip(n)
		c.Services = append(c.Services, web)
	}
	return c
}

// TestAReloadActsBeforeItReadsAllOfTheKernel: a change does not wait until
// thousands of services are read that it leaves as they are.
func TestAReloadActsBeforeItReadsAllOfTheKernel(t *testing.T) {
	lost := ipvs.Change{Op: ipvs.DelDestination, Service: ipvs.Service{ServiceKey: vip(2)}, Destination: dest("1=1")}
	reweighed := farms(1, 2, 3)
	reweighed.Services[0].Servers = slices.Clone(reweighed.Services[0].Servers)
	reweighed.Services[0].Servers[0].Destination.Weight = 7
	for _, c := range []struct {
		name   string
		next   Config
		others []ipvs.Change // of somebody else, before
		want   []string
	}{
		{"nothing is new", farms(1, 2, 3), nil, []string{"read 3"}},
		{"a weight", reweighed, nil, []string{"change 1", "read 3"}},
		{"a new service is read alone", farms(1, 2, 3, 4), nil, []string{"read 1", "change 3", "read 4"}},
		{"one that somebody else changed", reweighed, []ipvs.Change{lost}, []string{"change 1", "read 3", "change 1"}},
		{"one of which the change is refused", farms(1, 3), []ipvs.Change{lost, {Op: ipvs.DelService, Service: ipvs.Service{ServiceKey: vip(2)}}}, []string{"change 1", "read 1", "read 2"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			k := &tracedKernel{Memory: ipvs.NewMemory()}
			inBubble(t, k, func(t *testing.T, e *Engine) {
				if err := e.Load(t.Context(), farms(1, 2, 3)); err != nil {
					t.Fatal(err)
				}
				time.Sleep(ResyncEvery + time.Second)
				synctest.Wait()
				k.Memory.Apply(c.others)
				k.trace = nil
				if err := e.Load(t.Context(), c.next); err != nil {
					t.Fatal(err)
				}
				synctest.Wait()
				time.Sleep(time.Second)
				synctest.Wait()
				if diff := cmp.Diff(c.want, k.trace); diff != "" {
					t.Errorf("what is asked of the kernel (-want +got):\n%s", diff)
				}
			})
		})
	}
}

// TestManyServicesAreReadSomeAtATime: a reload, as anything else, has its turn
// while thousands of services are read.
func TestManyServicesAreReadSomeAtATime(t *testing.T) {
	var all []int
	for n := range 200 {
		all = append(all, 1+n)
	}
	lost := ipvs.Change{Op: ipvs.DelDestination, Service: ipvs.Service{ServiceKey: vip(77)}, Destination: dest("1=1")}
	k := &tracedKernel{Memory: ipvs.NewMemory()}
	inBubble(t, k, func(t *testing.T, e *Engine) {
		if err := e.Load(t.Context(), farms(all...)); err != nil {
			t.Fatal(err)
		}
		time.Sleep(ResyncEvery / 2)
		synctest.Wait()
		k.Memory.Apply([]ipvs.Change{lost})
		k.forget()
		k.whenRead(func() {
			go func() {
				if err := e.Load(t.Context(), farms(all[:150]...)); err != nil {
					t.Error(err)
				}
			}()
		})
		time.Sleep(ResyncEvery)
		synctest.Wait()
		if got := held(k, 77); got != 2 || !k.reloadedBetween() {
			t.Errorf("the service that somebody else changed has %d servers; asked of the kernel: %v", got, k.trace)
		}
		for _, what := range k.trace {
			if n := 0; strings.HasPrefix(what, "read") {
				if fmt.Sscanf(what, "read %d", &n); n > readAtOnce {
					t.Errorf("%s at once", what)
				}
			}
		}
	})
}

// whenRead has f called when services are read next, and returns what was to be
// called.
func (k *tracedKernel) whenRead(f func()) (before func()) {
	k.mu.Lock()
	defer k.mu.Unlock()
	before, k.first = k.first, f
	return before
}

func (k *tracedKernel) forget() {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.trace = nil
}

// reloadedBetween tells whether services were taken out between two readings.
func (k *tracedKernel) reloadedBetween() bool {
	first := slices.IndexFunc(k.trace, func(what string) bool {
		n := 0
		fmt.Sscanf(what, "change %d", &n)
		return n >= 50
	})
	return first > 0 && slices.ContainsFunc(k.trace[first:], func(what string) bool { return strings.HasPrefix(what, "read") })
}

// held returns how many servers of a service the kernel has.
func held(k *tracedKernel, n int) int {
	table, _ := k.Memory.Table(vip(n))
	if len(table) != 1 {
		return -1
	}
	return len(table[0].Destinations)
}
