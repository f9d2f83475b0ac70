package reload

import (
	"context"
	"fmt"
	"maps"
	"sync"
	"time"
)

// A policy that is over its memory limit again soon is restarted after a pause,
// which doubles each time.
const (
	firstPause = time.Second
	mostPause  = time.Minute
	calmAfter  = 5 * time.Minute // in force for so long, and it begins anew
)

// exhausted are the policies that hold more memory than they may, with the reason.
// Their VMs run nothing any more.
type exhausted struct {
	mu    sync.Mutex
	by    map[*Policy]error
	ready chan struct{} // sent to when there are some
}

func newExhausted() *exhausted {
	return &exhausted{by: map[*Policy]error{}, ready: make(chan struct{}, 1)}
}

// add notes a policy. It does not block.
func (e *exhausted) add(p *Policy, why error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.by[p] = why
	select {
	case e.ready <- struct{}{}:
	default:
	}
}

// take takes all that were noted.
func (e *exhausted) take() map[*Policy]error {
	e.mu.Lock()
	defer e.mu.Unlock()
	all := maps.Clone(e.by)
	clear(e.by)
	return all
}

// renewAll restarts the policies that are exhausted. One that was replaced since it
// was noted has nothing to be restarted for.
func (s *Set) renewAll(ctx context.Context) {
	for p, why := range s.exhausted.take() {
		file := p.src.path
		if s.inForce[file] != p {
			continue
		}
		if pause := p.pause(time.Now()); pause > 0 {
			time.AfterFunc(pause, func() { s.exhausted.add(p, why) })
			continue
		}
		if err := s.renew(ctx, file, p, why); err != nil && ctx.Err() == nil {
			s.log.Error("not restarted, it is tried again", "policy", file, "err", err)
			time.AfterFunc(mostPause, func() { s.exhausted.add(p, why) })
		}
	}
}

// pause returns how long the restart of a policy has to wait.
func (p *Policy) pause(now time.Time) time.Duration {
	age := now.Sub(p.began)
	if p.restarts == 0 || age > calmAfter {
		return 0
	}
	return min(firstPause<<min(p.restarts-1, 10), mostPause) - age
}

// renew puts the text of a policy in force anew, in a VM of its own. What is
// known of its servers is handed on as at a reload.
func (s *Set) renew(ctx context.Context, file string, old *Policy, why error) error {
	fresh, err := s.load(ctx, old.src)
	if err != nil {
		return err
	}
	if fresh.restarts = 1; time.Since(old.began) <= calmAfter {
		fresh.restarts += old.restarts
	}
	config := fresh.Config()
	config.Restarted = fmt.Sprintf("%d times in a row, at last because %v", fresh.restarts, why)
	if err := s.engine.Load(ctx, config); err != nil {
		s.close(fresh)
		return err
	}
	s.inForce[file] = fresh
	s.log.Warn("policy restarted", "policy", file, "because", why)
	s.close(old)
	return nil
}
