package reload

import (
	"context"
	"os"
	"runtime"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

const (
	// useEvery is how often it is seen how busy the process is.
	useEvery = 100 * time.Millisecond

	// busyShare of one processor's time is what the process takes when it gets
	// all processors back, calmShare what it may take to go on with one, after
	// calmFor of that.
	busyShare = 0.5
	calmShare = 0.4
	calmFor   = 2 * time.Second
)

// processors has the process run on one processor at a time while one is enough
// for it. With more, Go wakes a second thread whenever something is to be done,
// in case there is more; for a director, whose work is a little at a time, that
// is a sixth of what its checks cost. Who sets GOMAXPROCS knows better.
type processors struct {
	mu   sync.Mutex
	one  bool
	calm time.Duration // for how long one would have been enough
}

// run decides until ctx ends.
func (p *processors) run(ctx context.Context) {
	if os.Getenv("GOMAXPROCS") != "" || runtime.GOMAXPROCS(0) == 1 {
		return
	}
	defer p.all()
	look := time.NewTicker(useEvery)
	defer look.Stop()
	at, used := time.Now(), cpuTime()
	for {
		select {
		case <-ctx.Done():
			return
		case <-look.C:
		}
		lastAt, lastUsed := at, used
		at, used = time.Now(), cpuTime()
		p.heed(used-lastUsed, at.Sub(lastAt))
	}
}

// all gives the process all processors, until it has been calm.
func (p *processors) all() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.beBusy()
}

// heed decides after some time, of which the process has used so much.
func (p *processors) heed(used, passed time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	share := float64(used) / float64(passed)
	switch {
	case share >= busyShare:
		p.beBusy()
	case share > calmShare:
		p.calm = 0
	default:
		p.beCalm(passed)
	}
}

func (p *processors) beBusy() {
	p.calm = 0
	if p.one {
		p.one = false
		runtime.SetDefaultGOMAXPROCS()
	}
}

// beCalm notes that one processor would have been enough, and makes it one
// after a while.
func (p *processors) beCalm(passed time.Duration) {
	if p.calm += passed; p.calm >= calmFor && !p.one {
		p.one = true
		runtime.GOMAXPROCS(1)
	}
}

// cpuTime is what the process has used of processors so far.
func cpuTime() time.Duration {
	var t unix.Timespec
	if unix.ClockGettime(unix.CLOCK_PROCESS_CPUTIME_ID, &t) != nil {
		return 0
	}
	return time.Duration(t.Nano())
}
