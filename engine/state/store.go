package state

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"sync"
	"time"

	"luavs/engine"
	"luavs/ipvs"
)

const (
	// gap is the least time between two writes.
	gap = 50 * time.Millisecond

	// rest is how much longer than a write the pause after it is at least, so
	// that much that changes all the time does not keep a processor busy.
	rest = 4

	// retryEvery is how often a disk that refuses is asked again.
	retryEvery = 5 * time.Second
)

// Store keeps what it is given. Its methods may be called by any goroutine.
type Store struct {
	dir  string // empty: nothing is kept on a disk
	log  *slog.Logger
	lock *os.File

	// Of Run alone, once it runs.
	disk  *file
	whole content // what the file is to hold
	torn  bool    // the file does not hold it, and is to be written whole

	wake  chan struct{}
	hurry chan struct{} // somebody waits for the next write

	mu      sync.Mutex
	old     map[ipvs.ServiceKey]*engine.Kept
	pending map[entry]any // what is to be written as JSON; nil: deleted
	waiting []chan error  // Syncs
	problem string
	ended   bool
	values  map[string]*Values
}

// An entry is the place of a value in the file.
type entry struct{ bucket, key string }

// Volatile returns a store that keeps everything in memory, as long as the
// process lasts. It needs no Run.
func Volatile() *Store {
	return &Store{values: map[string]*Values{}}
}

// Lasts tells whether what it keeps outlives the process.
func (s *Store) Lasts() bool { return s.dir != "" }

// String is the folder, or "none".
func (s *Store) String() string {
	if s.dir == "" {
		return "none"
	}
	return s.dir
}

// Keep replaces what is kept of a service; nil is that it is not ours any more.
// It implements [engine.Keeper].
func (s *Store) Keep(key ipvs.ServiceKey, k *engine.Kept) {
	if k == nil {
		s.put(entry{services, key.String()}, nil)
		return
	}
	s.put(entry{services, key.String()}, k)
}

// Recall returns what was kept of services when the store was opened; once. It
// implements [engine.Keeper].
func (s *Store) Recall() map[ipvs.ServiceKey]*engine.Kept {
	s.mu.Lock()
	defer s.mu.Unlock()
	old := s.old
	s.old = nil
	return old
}

// Problem says why the disk does not hold all that is to be kept; empty if it
// does or soon will.
func (s *Store) Problem() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.problem
}

// put hands v over to be written.
func (s *Store) put(e entry, v any) {
	if s.dir == "" {
		return
	}
	s.mu.Lock()
	s.pending[e] = v
	s.mu.Unlock()
	s.kick()
}

func (s *Store) kick() {
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// Sync waits until all that was handed over before is on the disk, which is
// written at once. A disk that refuses is not waited for: that is an error until
// it takes what is to be kept again. It implements [engine.Keeper].
func (s *Store) Sync(ctx context.Context) error {
	if s.dir == "" {
		return nil
	}
	done := make(chan error, 1)
	if err := s.await(done); err != nil {
		return err
	}
	s.kick()
	select {
	case s.hurry <- struct{}{}:
	default:
	}
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// await has the end of the next write told; an error if there is none to wait for.
func (s *Store) await(done chan error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.ended:
		return os.ErrClosed
	case s.problem != "":
		return errors.New("state: " + s.problem)
	}
	s.waiting = append(s.waiting, done)
	return nil
}
