package state

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"time"
)

// Run writes what is handed over until ctx ends. Then it writes what is left,
// and gives up the folder.
func (s *Store) Run(ctx context.Context) error {
	if s.dir == "" {
		<-ctx.Done()
		return ctx.Err()
	}
	defer s.close()
	for {
		select {
		case <-ctx.Done():
			s.write()
			return ctx.Err()
		case <-s.wake:
		}
		began := time.Now()
		if err := s.write(); err != nil {
			s.kick()
			pause(ctx, retryEvery, nil)
		} else {
			pause(ctx, max(gap, rest*time.Since(began)), s.hurry)
		}
	}
}

// pause lets some time pass, unless somebody is in a hurry.
func pause(ctx context.Context, d time.Duration, hurry <-chan struct{}) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	case <-hurry:
	}
}

func (s *Store) close() {
	s.disk.close()
	s.mu.Lock()
	s.ended = true
	for _, done := range s.waiting {
		done <- os.ErrClosed
	}
	s.mu.Unlock()
	s.lock.Close()
}

// write writes what was handed over since the last write.
func (s *Store) write() error {
	s.mu.Lock()
	pending, waiting := s.pending, s.waiting
	s.pending, s.waiting = map[entry]any{}, nil
	s.mu.Unlock()

	changed := s.whole.take(pending)
	err := s.save(changed)
	s.tell(err)
	for _, done := range waiting {
		done <- err
	}
	return err
}

// save brings the file in line with what it is to hold.
func (s *Store) save(changed []entry) error {
	if !s.torn && !s.disk.inPlace() {
		s.spoiled(errors.New("it was taken away, or cut"))
	}
	if !s.torn {
		if len(changed) == 0 {
			return nil
		}
		err := s.disk.update(s.whole, changed)
		if s.torn = err != nil; !errors.Is(err, errFault) {
			return err
		}
		s.spoiled(err)
	}
	fresh, err := create(s.disk.path, s.whole)
	if err != nil {
		return err
	}
	s.disk.close()
	s.disk, s.torn = fresh, false
	return nil
}

// spoiled has the file written anew, with all that it is to hold.
func (s *Store) spoiled(why error) {
	s.torn = true
	s.log.Warn("somebody else changed the state file, it is written anew", "file", s.disk.path, "err", why)
}

// tell keeps what is wrong and logs what is news.
func (s *Store) tell(err error) {
	problem := ""
	if err != nil {
		problem = fmt.Sprintf("not written, so a restart forgets what is new; it is tried again: %v", err)
	}
	s.mu.Lock()
	before := s.problem
	s.problem = problem
	s.mu.Unlock()
	switch {
	case problem == before:
	case err != nil:
		s.log.Error("state is not written, a restart would forget what is new; it is tried again", "every", retryEvery, "err", err)
	default:
		s.log.Info("state is written again")
	}
}

// content is what a file holds: JSON by place.
type content map[entry][]byte

// take takes over values and returns which places changed.
func (c content) take(values map[entry]any) (changed []entry) {
	for e, v := range values {
		if v == nil {
			delete(c, e)
		} else if text, err := json.Marshal(v); err == nil { // of plain structs: it never fails
			c[e] = text
		}
		changed = append(changed, e)
	}
	return changed
}
