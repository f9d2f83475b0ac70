package engine

import (
	"context"
	"testing"

	"luavs/ipvs"
)

// quietKeeper drops what it is given, and counts.
type quietKeeper struct{ n int }

func (k *quietKeeper) Recall() map[ipvs.ServiceKey]*Kept { return nil }
func (k *quietKeeper) Keep(ipvs.ServiceKey, *Kept)       { k.n++ }
func (k *quietKeeper) Sync(context.Context) error        { return nil }

func TestNothingIsHandedOnThatDoesNotChange(t *testing.T) {
	l := idleLoop(t.Context())
	k := &quietKeeper{}
	l.records.keeper = k
	l.replace(farm(passes))
	l.settle()
	services, first := len(l.services), k.n
	if first != services {
		t.Errorf("%d records of %d services", first, services)
	}
	l.unread = true
	l.settle()
	if k.n != first {
		t.Errorf("%d records more, though nothing changed", k.n-first)
	}
	s := l.services[vip(1)]
	w := s.servers[0].checks[0]
	w.health.Streak++
	l.unkept[s] = true
	l.settle()
	if k.n != first+1 {
		t.Errorf("%d records more for one change", k.n-first)
	}
}

// BenchmarkKeep is what a loop spends on a service of which nothing changed.
func BenchmarkKeep(b *testing.B) {
	l := idleLoop(b.Context())
	l.records.keeper = &quietKeeper{}
	l.replace(farm(passes))
	l.settle()
	b.ReportAllocs()
	for b.Loop() {
		for _, s := range l.services {
			l.unkept[s] = true
		}
		l.keep()
	}
	servers := 0
	for _, s := range l.services {
		servers += len(s.servers)
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(servers), "ns/server")
}
