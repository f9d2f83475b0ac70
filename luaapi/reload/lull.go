package reload

import (
	"context"
	"sync"
	"time"

	"luavs/checks/filewatch"
)

const (
	// quiet is how long no change may come before the files are read.
	quiet = filewatch.Quiet

	// tellWithin is how long after a change the files are read at the latest,
	// though changes go on: in some folders there is never quiet.
	tellWithin = 5 * time.Second
)

// lull tells once things are quiet after changes, or have not been for long. Any
// goroutine may use it.
type lull struct {
	out chan struct{}

	mu    sync.Mutex
	timer *time.Timer // nil: nothing has changed yet
	since time.Time   // of the first change that is not told; zero: there is none
}

func newLull() *lull { return &lull{out: make(chan struct{}, 1)} }

// stir notes a change.
func (l *lull) stir() {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := time.Now()
	if l.since.IsZero() {
		l.since = now
	}
	wait := min(quiet, l.since.Add(tellWithin).Sub(now))
	if l.timer == nil {
		l.timer = time.AfterFunc(wait, l.tell)
		return
	}
	l.timer.Reset(wait)
}

// tell says that something changed, if that is not said yet.
func (l *lull) tell() {
	l.mu.Lock()
	l.since = time.Time{}
	l.mu.Unlock()
	select {
	case l.out <- struct{}{}:
	default:
	}
}

// changed receives once things are quiet after a change.
func (l *lull) changed() <-chan struct{} { return l.out }

// rest waits for a quiet time from now on, or until ctx ends. What has changed
// until then is not told any more.
func (l *lull) rest(ctx context.Context) {
	select {
	case <-l.out:
	default:
	}
	l.stir()
	select {
	case <-l.out:
	case <-ctx.Done():
	}
}

// close has nothing told any more.
func (l *lull) close() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.timer != nil {
		l.timer.Stop()
	}
}
