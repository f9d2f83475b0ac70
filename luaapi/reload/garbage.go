package reload

import (
	"context"
	"math"
	"os"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"sync"
	"time"
)

const (
	// heapFloor is how large the heap may be before garbage is collected at all
	// while much of it is made. Go would do so in every 4 MB of a small daemon,
	// which a policy that makes garbage as fast as it can has made at once: the
	// checks of the others would begin late, as each collection takes its share of
	// the processors.
	heapFloor = 40 << 20

	// usualShare and loadingShare are how much garbage there may be for what
	// lives, in percent. It is more while policies are loaded: that takes a quarter
	// of the time off a reload of 2,000 services.
	usualShare, loadingShare = 100, 200

	// collectEvery is how often garbage is collected when little is made, so that
	// the daemon is not twice as large as what lives: its garbage is what it made
	// in that time, but leastGarbage is not worth collecting.
	collectEvery = 5 * time.Second
	leastGarbage = 1 << 20

	// giveBackAfter is how long after a load, if there is no other, the memory that
	// it took goes back to the system. Until then it is kept, for who edits a policy
	// loads it again: memory that is taken anew costs a fault a page.
	giveBackAfter = time.Minute

	// all is as much garbage as there may be at all.
	all = math.MaxUint64
)

// garbage decides how often the process collects its garbage while policies are
// in force. Who sets GOGC knows better.
type garbage struct {
	mu      sync.Mutex
	governs bool
	loads   bool      // a policy is being loaded
	idle    time.Time // when what loads took is given back; zero: it was
	old     int       // what the percentage was before

	at   time.Time // of the last decision
	made uint64    // the bytes that the process had allocated by then
}

// run decides until ctx ends, and leaves the matter to Go again then.
func (g *garbage) run(ctx context.Context) {
	if os.Getenv("GOGC") != "" {
		return
	}
	g.govern()
	defer g.end()
	again := time.NewTicker(collectEvery)
	defer again.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case now := <-again.C:
			g.giveBack(now)
			g.decide()
		}
	}
}

// govern begins to decide.
func (g *garbage) govern() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.governs, g.idle = true, time.Now() // policies were loaded before Run
	g.old = debug.SetGCPercent(usualShare)
	g.allow(all)
	g.awaitCollection()
}

// end leaves the matter to Go again.
func (g *garbage) end() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.governs = false
	debug.SetGCPercent(g.old)
}

// loading is for the time in which a policy is loaded, until done is called.
func (g *garbage) loading() (done func()) {
	g.change(true)
	return func() { g.change(false) }
}

func (g *garbage) change(loads bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.loads, g.idle = loads, time.Now().Add(giveBackAfter)
	if g.governs {
		g.allow(all)
	}
}

// giveBack returns to the system what loads took and nothing needs any more, if
// it is time to. Go would take most of a minute over it.
func (g *garbage) giveBack(now time.Time) {
	g.mu.Lock()
	due := !g.idle.IsZero() && !g.loads && !now.Before(g.idle)
	if due {
		g.idle = time.Time{}
	}
	g.mu.Unlock()
	if due {
		debug.FreeOSMemory()
	}
}

// decide has the next collection come after as much garbage as is made in
// collectEvery, if it goes on as since the last decision.
func (g *garbage) decide() {
	g.mu.Lock()
	defer g.mu.Unlock()
	switch {
	case !g.governs:
		return
	case g.mayLoad():
		g.allow(all)
		return
	}
	made, passed := figure("/gc/heap/allocs:bytes")-g.made, time.Since(g.at)
	g.allow(uint64(float64(made) * float64(collectEvery) / float64(max(passed, 1))))
}

// mayLoad tells whether a policy is being loaded, or was a short time ago.
func (g *garbage) mayLoad() bool { return g.loads || time.Now().Before(g.idle) }

// allow has the next collection come after so much garbage, within the limits.
func (g *garbage) allow(room uint64) {
	share := usualShare
	if g.mayLoad() {
		share = loadingShare
	}
	g.at, g.made = time.Now(), figure("/gc/heap/allocs:bytes")
	debug.SetGCPercent(percentFor(figure("/gc/heap/live:bytes"), room, share))
}

// percentFor returns how much garbage there may be, in percent of what lives:
// as much as is wished, but not less than leastGarbage, and of a heap above the
// floor at most a share.
func percentFor(live, room uint64, share int) int {
	if live == 0 {
		return share
	}
	most := max(live*uint64(share)/100, heapFloor-min(live, heapFloor))
	return max(1, int(100*min(max(room, leastGarbage), most)/live))
}

// figure returns one of the runtime; of what lives, at the end of the last
// collection.
func figure(name string) uint64 {
	sample := []metrics.Sample{{Name: name}}
	metrics.Read(sample)
	return sample[0].Value.Uint64()
}

// awaitCollection decides anew after each collection, as those of a process that
// makes much garbage are close together: it makes some garbage and
// hears of its end.
func (g *garbage) awaitCollection() {
	runtime.AddCleanup(new(*garbage), func(g *garbage) {
		g.decide()
		g.mu.Lock()
		defer g.mu.Unlock()
		if g.governs {
			g.awaitCollection()
		}
	}, g)
}
