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

	// fullShare of one processor's time in one look is what the process gets all
	// processors back for at once: it has more to do. It also does if it was not
	// looked for overdue: others have the processors, and two threads get more of them.
	fullShare = 0.9
	overdue   = 3 * useEvery

	// busyShare is too much for one processor, if it was that much for busyFor
	// longer than it was less: what is due would wait for its turn.
	busyShare = 0.5
	busyFor   = 500 * time.Millisecond

	// calmShare is what the process may take of all processors when it is tried
	// with one, after calmFor of that. It takes a good part less then, as nothing
	// looks for work: how much cannot be known before. If it is too much all the
	// same, the next try is after tryAgain.
	calmShare = 0.7
	calmFor   = 2 * time.Second
	tryAgain  = time.Minute
)

// processors has the process run on one processor at a time while one is enough
// for it. With more, Go wakes a second thread whenever something is to be done,
// in case there is more; for a director, whose work is a little at a time, that
// is a sixth of what its checks cost. Who sets GOMAXPROCS knows better.
type processors struct {
	mu   sync.Mutex
	one  bool
	calm time.Duration // with all: for how long one would have been enough
	busy time.Duration // with one: for how much longer it was not enough than it was
	wait time.Duration // until one is tried again
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
	case share >= fullShare || passed >= overdue:
		p.beBusy()
	case p.one:
		p.heedOne(share, passed)
	default:
		p.heedAll(share, passed)
	}
}

// heedOne decides whether one processor goes on to be enough.
func (p *processors) heedOne(share float64, passed time.Duration) {
	if share < busyShare {
		passed = -passed
	}
	if p.busy = max(0, p.busy+passed); p.busy >= busyFor {
		p.beBusy()
		p.wait = tryAgain
	}
}

// heedAll decides whether one processor is to be tried.
func (p *processors) heedAll(share float64, passed time.Duration) {
	p.wait = max(0, p.wait-passed)
	if share > calmShare {
		p.calm = 0
		return
	}
	if p.calm += passed; p.calm >= calmFor && p.wait == 0 {
		p.one, p.busy = true, 0
		runtime.GOMAXPROCS(1)
	}
}

func (p *processors) beBusy() {
	p.calm = 0
	if p.one {
		p.one = false
		runtime.SetDefaultGOMAXPROCS()
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
