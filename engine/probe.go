package engine

import (
	"context"
	"fmt"
	"time"

	"luavs/checks"
)

// newWatch returns the watch of a check on a server; it is not due yet.
func (l *loop) newWatch(s *service, srv *server, c Check) *watch {
	w := &watch{check: c, service: s, server: srv}
	w.rhythm = newRhythm(c.Schedule, s.key().String(), srv.decl.Destination.Addr.String(), c.ID)
	w.due.run = func(now time.Time) { l.probe(w, now) }
	return w
}

// drop ends a watch: it is no longer due, and an answer to it is void.
func (l *loop) drop(w *watch) {
	w.gone = true
	l.queue.take(&w.due)
}

// probe starts a run of a check. It is not due again until it has answered.
func (l *loop) probe(w *watch, now time.Time) {
	w.started = now
	check := w.check
	target := targetOf(w.service.decl, w.server.decl, w.last.Memory)
	term := l.term
	l.tasks.Go(func() {
		r := ask(term, check, target)
		l.send(func() { l.answer(w, r, time.Now()) })
	})
}

// ask runs a check within its timeout. A panic is a fault of ours, and says
// nothing about the server.
func ask(ctx context.Context, c Check, t checks.Target) (r checks.Result) {
	ctx, cancel := context.WithTimeoutCause(ctx, c.Timeout, fmt.Errorf("no answer within %v", c.Timeout))
	defer cancel()
	started := time.Now()
	defer func() {
		if p := recover(); p != nil {
			r = checks.Result{Cause: checks.Local, Reason: fmt.Sprintf("the check itself broke: %v", p)}
		}
		r.Took = time.Since(started)
	}()
	return c.Probe.Check(ctx, t)
}

// answer takes in the result of a run.
func (l *loop) answer(w *watch, r checks.Result, now time.Time) {
	if w.gone {
		return
	}
	first := !w.answered
	w.answered, w.last, w.at = true, r, now
	w.runs++
	w.health = w.health.Observe(r.Outcome, w.check.Limits)
	if r.Outcome == checks.Unknown {
		w.errors++
	}
	l.queue.put(&w.due, w.next(now))
	if l.judge(w.server, w.service, now) || first {
		l.touch(w.service)
	}
	l.log.Debug("check", "service", w.service.decl.Name, "server", w.server.decl.Name, "check", w.check.ID,
		"outcome", r.Outcome, "cause", r.Cause, "reason", r.Reason, "took", r.Took)
}

// next returns when the watch is due again after an answer. A quick look while
// rise or fall is being counted does not shift its beat.
func (w *watch) next(now time.Time) time.Time {
	switch {
	case w.beat.IsZero():
		w.beat = w.rhythm.second(now)
	case !w.beat.After(now):
		w.beat = w.rhythm.next(w.beat, now)
	}
	if w.check.Fast == 0 || !w.health.Deciding() {
		return w.beat
	}
	fast := w.started.Add(w.check.Fast)
	if fast.Before(now) {
		fast = now
	}
	if !w.beat.IsZero() && w.beat.Before(fast) {
		return w.beat
	}
	return fast
}

// judge brings a server's state in line with its checks, says so if it turned,
// and tells whether it did.
func (l *loop) judge(srv *server, s *service, now time.Time) bool {
	old := srv.state
	if !srv.judge(now) || srv.state == old {
		return false
	}
	attrs := []any{"service", s.decl.Name, "server", srv.decl.Name, "reason", srv.reason}
	if srv.state == StateDown {
		l.log.Warn("server down", append(attrs, "cause", srv.result.Cause)...)
	} else {
		l.log.Info("server "+srv.state.String(), attrs...)
	}
	switch srv.state {
	case StateUp:
		l.note(event{kind: EventUp, service: s, server: srv, old: old})
	case StateDown:
		l.note(event{kind: EventDown, service: s, server: srv, old: old})
	}
	return true
}
