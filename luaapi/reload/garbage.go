package reload

import (
	"os"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"sync"
)

const (
	// heapFloor is how large the heap may be before garbage is collected at all.
	// Go would do so in every 4 MB of a small daemon, which a policy that makes
	// garbage as fast as it can has made at once: the checks of the others would
	// begin late, as each collection takes its share of the processors.
	heapFloor = 40 << 20

	// usualShare and loadingShare are how much garbage there may be for what
	// lives, in percent. It is more while a policy is loaded: that takes a quarter
	// of the time off a reload of 2,000 services.
	usualShare, loadingShare = 100, 200
)

// garbage decides how often the process collects its garbage while policies are
// in force. Who sets GOGC knows better.
type garbage struct {
	mu    sync.Mutex
	share int // in percent; 0: it is Go's own matter
	old   int // what it was before
}

// govern begins to decide.
func (g *garbage) govern() {
	g.mu.Lock()
	defer g.mu.Unlock()
	if os.Getenv("GOGC") != "" {
		return
	}
	g.old = debug.SetGCPercent(usualShare)
	g.set(usualShare)
	g.awaitCollection()
}

// end leaves the matter to Go again.
func (g *garbage) end() {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.share > 0 {
		g.share = 0
		debug.SetGCPercent(g.old)
	}
}

// loading is for the time in which a policy is loaded, until done is called.
func (g *garbage) loading() (done func()) {
	change := func(share int) {
		g.mu.Lock()
		defer g.mu.Unlock()
		if g.share > 0 {
			g.set(share)
		}
	}
	change(loadingShare)
	return func() { change(usualShare) }
}

// set has the next collection come at a share of what lives, or at the floor.
func (g *garbage) set(share int) {
	g.share = share
	debug.SetGCPercent(percentFor(liveBytes(), share))
}

// percentFor returns how much garbage there may be, in percent of what lives.
func percentFor(live uint64, share int) int {
	if live == 0 || live >= heapFloor {
		return share
	}
	return max(share, int(100*(heapFloor-live)/live))
}

// liveBytes is what lived at the end of the last collection.
func liveBytes() uint64 {
	live := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
	metrics.Read(live)
	return live[0].Value.Uint64()
}

// awaitCollection decides anew after each collection: it makes some garbage and
// hears of its end.
func (g *garbage) awaitCollection() {
	runtime.AddCleanup(new(*garbage), func(g *garbage) {
		g.mu.Lock()
		defer g.mu.Unlock()
		if g.share > 0 {
			g.set(g.share)
			g.awaitCollection()
		}
	}, g)
}
