package reload

import (
	"runtime"
	"runtime/debug"
	"testing"
	"time"
)

func TestPercentFor(t *testing.T) {
	for _, tt := range []struct {
		live        uint64
		share, want int
	}{
		{0, 100, 100}, // nothing is known yet
		{4 << 20, 100, 900},
		{4 << 20, 200, 900},
		{heapFloor / 2, 100, 100},
		{heapFloor / 2, 200, 200},
		{heapFloor, 100, 100},
		{heapFloor * 100, 200, 200},
	} {
		if got := percentFor(tt.live, tt.share); got != tt.want {
			t.Errorf("%d live bytes, share %d: got %d, want %d", tt.live, tt.share, got, tt.want)
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
	for deadline := time.Now().Add(10 * time.Second); percent(&g) != usualShare; runtime.GC() {
		if time.Now().After(deadline) {
			t.Fatalf("%d percent with %d live bytes, want %d", percent(&g), liveBytes(), usualShare)
		}
	}
	done := g.loading()
	if got := percent(&g); got != loadingShare {
		t.Errorf("%d percent while a policy is loaded, want %d", got, loadingShare)
	}
	done()
	g.end()
	runtime.KeepAlive(live)
	if got := debug.SetGCPercent(100); got != 123 {
		t.Errorf("%d percent at the end, want the 123 of before", got)
	}
}

// percent returns what is in force, and leaves it.
func percent(g *garbage) int {
	g.mu.Lock()
	defer g.mu.Unlock()
	p := debug.SetGCPercent(100)
	debug.SetGCPercent(p)
	return p
}
