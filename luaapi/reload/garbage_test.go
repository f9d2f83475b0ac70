package reload

import (
	"runtime"
	"runtime/debug"
	"testing"
	"time"
)

func TestPercentFor(t *testing.T) {
	const mb = 1 << 20
	for _, tt := range []struct {
		name       string
		live, room uint64
		share      int
		want       int
	}{
		{"nothing is known yet", 0, all, 100, 100},
		{"up to the floor", 4 * mb, all, 100, 900},
		{"up to the floor, whatever the share", 4 * mb, all, 200, 900},
		{"half the floor", heapFloor / 2, all, 100, 100},
		{"half the floor, in a load", heapFloor / 2, all, 200, 200},
		{"at the floor", heapFloor, all, 100, 100},
		{"far above the floor", heapFloor * 100, all, 200, 200},
		{"what is wished", 8 * mb, 2 * mb, 100, 25},
		{"what is wished, above the floor", heapFloor * 10, heapFloor, 100, 10},
		{"hardly anything", 8 * mb, 1, 100, 12},
		{"hardly anything of much", 8 << 30, 1, 100, 1},
	} {
		if got := percentFor(tt.live, tt.room, tt.share); got != tt.want {
			t.Errorf("%s: got %d, want %d", tt.name, got, tt.want)
		}
	}
}

// What lives changes, and with it the percentage, until the end.
func TestGarbageIsGovernedUntilTheEnd(t *testing.T) {
	t.Setenv("GOGC", "")
	before := debug.SetGCPercent(123)
	defer debug.SetGCPercent(before)
	var g garbage
	g.govern()
	live := make([]byte, heapFloor)
	settle := func(what string, more func(), ok func(percent int) bool) {
		t.Helper()
		for deadline := time.Now().Add(10 * time.Second); ; {
			runtime.GC()
			if more(); ok(percent(&g)) {
				return
			}
			if time.Now().After(deadline) {
				t.Fatalf("%s: %d percent", what, percent(&g))
			}
		}
	}
	settle("much garbage is made", func() { garbageOf = make([]byte, heapFloor) }, func(p int) bool { return p == usualShare })
	settle("ten minutes with little garbage", func() { g.age(10 * time.Minute); g.decide() }, func(p int) bool { return p < usualShare/5 })
	done := g.loading()
	if got := percent(&g); got != loadingShare {
		t.Errorf("%d percent while a policy is loaded, want %d", got, loadingShare)
	}
	done()
	g.decide()
	if got := percent(&g); got != loadingShare {
		t.Errorf("%d percent just after it, want %d: it may be loaded again", got, loadingShare)
	}
	settle("long after it", func() { g.giveBack(time.Now().Add(2 * giveBackAfter)); g.age(10 * time.Minute); g.decide() }, func(p int) bool { return p < usualShare/5 })
	g.end()
	runtime.KeepAlive(live)
	if got := debug.SetGCPercent(100); got != 123 {
		t.Errorf("%d percent at the end, want the 123 of before", got)
	}
}

// age has the last decision be older.
func (g *garbage) age(d time.Duration) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.at = g.at.Add(-d)
}

var garbageOf []byte // what was assigned before is garbage

// percent returns what is in force, and leaves it.
func percent(g *garbage) int {
	g.mu.Lock()
	defer g.mu.Unlock()
	p := debug.SetGCPercent(100)
	debug.SetGCPercent(p)
	return p
}

// What a load took goes back to the system a while after it.
func TestWhatALoadTookIsGivenBack(t *testing.T) {
	released := func() uint64 { return figure("/memory/classes/heap/released:bytes") }
	var g garbage
	garbageOf = make([]byte, 2*heapFloor)
	clear(garbageOf)
	garbageOf = nil
	now := time.Now()
	done := g.loading()
	before := released()
	g.giveBack(now.Add(time.Hour))
	done()
	if g.giveBack(now.Add(giveBackAfter / 2)); released() > before+heapFloor {
		t.Error("it went back at once")
	}
	if g.giveBack(now.Add(2 * giveBackAfter)); released() < before+heapFloor {
		t.Errorf("%d bytes are the system's, before there were %d", released(), before)
	}
}
