package engine

import (
	"net/netip"
	"testing"
	"time"

	"luavs/ipvs"
)

// listingFarm is a config of services that have no servers but those that their
// sources list.
func listingFarm(services int, c Check) Config {
	config := sharingFarm(services, 0, c)
	for i := range config.Services {
		s := &config.Services[i]
		s.Sources = []Discovery{{ID: "file", Every: time.Minute, Timeout: time.Second}}
		s.Join = func(m Member) (Server, error) {
			d := ipvs.Destination{Addr: m.Addr, Weight: m.Weight}
			return Server{Name: m.Addr.String(), Destination: d, Checks: []Check{c}}, nil
		}
	}
	return config
}

// lists has the source of a service list one server, and no other.
func (l *loop) lists(s *service, addr netip.AddrPort) {
	l.discovered(s.sources[0], Listing{Members: []Member{{Addr: addr, Weight: 1}}}, nil, time.Now())
}

// TestACheckGoesOnWhenItsServerMovesToAnotherService has one service list a
// server that another one does not list any more, whichever comes first.
func TestACheckGoesOnWhenItsServerMovesToAnotherService(t *testing.T) {
	for _, order := range [][]int{{0, 1}, {1, 0}} {
		l := idleLoop(t.Context())
		l.replace(listingFarm(2, tcpCheck(0)))
		l.settle()
		from, to := l.services[l.order[order[0]]], l.services[l.order[order[1]]]
		l.lists(from, rip(1))
		l.lists(to, rip(2))
		l.settle()
		moves := from.servers[0].checks[0]
		l.lists(from, rip(3))
		l.lists(to, rip(1))
		l.settle()
		srv := to.servers[0]
		if w := srv.checks[0]; w != moves || w.gone || len(w.users) != 1 || w.users[0] != srv || !w.due.taken() {
			t.Errorf("from %d to %d: the check is %+v, want the one that the server had", order[0], order[1], w)
		}
		if len(l.queue.slots) != 4 { // of two sources and two checks
			t.Errorf("from %d to %d: %d things are due, want 4", order[0], order[1], len(l.queue.slots))
		}
	}
}

// goes counts how often a kernel is changed.
type goes struct {
	*ipvs.Memory
	n int
}

func (k *goes) Apply(changes []ipvs.Change) []error {
	k.n++
	return k.Memory.Apply(changes)
}

// TestSourcesThatSpeakAtOnceAreTakenInAtOnce has many services get a server each,
// which is asked by a path.
func TestSourcesThatSpeakAtOnceAreTakenInAtOnce(t *testing.T) {
	const services = 200
	c := tcpCheck(0)
	c.Shared, c.ViaService = false, true
	kernel := &goes{Memory: ipvs.NewMemory()}
	l := idleLoop(t.Context())
	l.paths.kernel = kernel
	l.replace(listingFarm(services, c))
	l.settle()
	for i, key := range l.order {
		l.lists(l.services[key], rip(i+1))
	}
	l.settle()
	if len(l.servers()) != services || len(l.paths.used) != services || kernel.n != 1 {
		t.Errorf("%d servers, %d paths, made in %d goes; want %d, as many, and one", len(l.servers()), len(l.paths.used), kernel.n, services)
	}
}

// BenchmarkListings is what it costs when 2,000 services have a source each, and
// each lists another server.
func BenchmarkListings(b *testing.B) {
	l := idleLoop(b.Context())
	l.replace(listingFarm(2000, tcpCheck(0)))
	l.settle()
	for n := 0; b.Loop(); n++ {
		for i, key := range l.order {
			if l.lists(l.services[key], rip(i+n%2+1)); i%burst == 0 {
				l.settle()
			}
		}
		l.settle()
	}
}
