package engine

import (
	"context"
	"errors"
	"log/slog"
	"testing"
	"testing/synctest"
	"time"

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

// stuckKeeper is a disk that does not answer.
type stuckKeeper struct{ quietKeeper }

func (k *stuckKeeper) Sync(ctx context.Context) error {
	<-ctx.Done()
	return context.Cause(ctx)
}

// TestNobodyWaitsForADiskButWhatIsNew loads a service that the disk is to know
// before the kernel.
func TestNobodyWaitsForADiskButWhatIsNew(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		kernel := ipvs.NewMemory()
		e := New(kernel, slog.New(slog.DiscardHandler))
		e.UseKeeper(&stuckKeeper{})
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan error)
		go func() { ended <- e.Run(ctx) }()
		defer func() { stop(); <-ended }()
		start := time.Now()
		first, second := farms(1), farms(2)
		second.Name = "second"
		if err := errors.Join(e.Load(ctx, first), e.Load(ctx, second)); err != nil {
			t.Fatal(err)
		}
		time.Sleep(syncWithin / 2)
		if _, err := e.Status(ctx); err != nil {
			t.Fatal(err)
		}
		if waited := time.Since(start) - syncWithin/2; waited > 0 {
			t.Errorf("the loops stood for %v", waited)
		}
		if table, _ := kernel.Table(); len(table) > 0 {
			t.Errorf("the kernel has %d services that the disk does not know", len(table))
		}
		time.Sleep(syncWithin)
		if table, _ := kernel.Table(); len(table) != 2 {
			t.Errorf("the kernel has %d services when the disk had its time, want 2", len(table))
		}
	})
}

// TestWhatWaitsForTheDiskMayGoMeanwhile has services wait for the disk that other
// policies take over, or that nobody declares any more.
func TestWhatWaitsForTheDiskMayGoMeanwhile(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		kernel := ipvs.NewMemory()
		e := New(kernel, slog.New(slog.DiscardHandler))
		e.UseKeeper(&stuckKeeper{})
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan error)
		go func() { ended <- e.Run(ctx) }()
		defer func() { stop(); <-ended }()
		load := func(configs ...Config) {
			t.Helper()
			for _, c := range configs {
				for i := range c.Services {
					c.Services[i].Servers = []Server{{Name: "a", Destination: dest("1=1")}} // up at once: there is no check
				}
			}
			if err := e.Load(ctx, configs...); err != nil {
				t.Fatal(err)
			}
		}
		load(farms(1, 2, 3))
		time.Sleep(syncWithin / 2)
		other := farms(2)
		other.Name = "other"
		load(farms(1), other)
		time.Sleep(syncWithin * 3 / 4) // what the first config had waits no more
		if table, _ := kernel.Table(); len(table) != 1 || table[0].ServiceKey != vip(1) {
			t.Errorf("the kernel has %v, want what is still declared and known to the disk", table)
		}
		time.Sleep(syncWithin)
		if table, _ := kernel.Table(); len(table) != 2 {
			t.Errorf("the kernel has %d services, want 2", len(table))
		}
	})
}
