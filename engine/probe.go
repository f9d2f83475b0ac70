package engine

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"luavs/checks"
)

// newWatch returns the watch of a check on a server; it is not due yet.
func (l *loop) newWatch(u user, c Check) *watch {
	w := &watch{check: c, users: []user{u}, health: Start(c.Initial), polled: l.polling.takes(c.Probe)}
	if w.health.State != StateUnknown {
		w.last.Reason = "taken for " + w.health.State.String() + " before its first answer"
	}
	of := ""
	if !c.Shared {
		of = u.service.key().String()
	}
	w.rhythm = newRhythm(c.Schedule, of, u.server.decl.Destination.Addr.String(), c.ID)
	w.due.run = func(now time.Time) { l.probe(w, now) }
	l.follow(w)
	return w
}

// drop ends a watch: it is no longer due, and an answer to it is void.
func (l *loop) drop(w *watch) {
	w.gone = true
	l.unfollow(w)
	l.queue.take(&w.due)
}

// probe has a check run, as soon as not too many run already. It is not due
// again until it has answered.
func (l *loop) probe(w *watch, now time.Time) {
	if w.check.awaits() > 0 {
		l.expire(w, now)
		return
	}
	if l.gate.enter(w) {
		l.start(w, now)
	}
}

// start starts a run of a check.
func (l *loop) start(w *watch, now time.Time) {
	l.late(w, now)
	l.counted.began(now.Sub(w.due.at), now)
	w.started = now
	check := w.check
	target := w.target()
	if err := l.aim(w, &target); err != nil {
		l.answered(w, checks.Result{Cause: checks.Local, Reason: checks.OneLine(err.Error())}, now)
		return
	}
	if w.polled {
		l.polling.ask(w, target)
		return
	}
	term := l.term
	l.tasks.Go(func() {
		r := ask(term, check, target)
		l.send(func() { l.answered(w, r, time.Now()) })
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

// answered takes in the end of a run, and starts another in its place if one
// waits.
func (l *loop) answered(w *watch, r checks.Result, now time.Time) {
	if next := l.gate.leave(); next != nil {
		l.start(next, now)
	}
	switch {
	case w.gone:
	case l.void(w, r):
		l.queue.put(&w.due, w.rhythm.first(now))
	default:
		l.answer(w, r, now)
	}
}

// answer takes in the result of a run.
func (l *loop) answer(w *watch, r checks.Result, now time.Time) {
	r = w.heard(r)
	first := !w.answered
	w.answered, w.last, w.at = true, r, now
	w.runs++
	before := w.health
	if l.listen(w, r, now) {
		w.health = w.health.Observe(r.Outcome, r.Cause, w.check.Limits)
	}
	w.heed(r)
	if r.Outcome == checks.Unknown {
		w.errors++
	}
	l.queue.put(&w.due, w.next(now))
	l.askAgain(w, now)
	for _, u := range w.users {
		if w.health != before {
			l.unkept[u.service] = true
		}
		if l.judge(u.server, u.service, now) || first {
			l.touch(u.service)
		}
		l.combine(u.server, u.service)
	}
	if l.log.Enabled(l.life, slog.LevelDebug) { // or each answer costs memory
		l.tellAnswer(w, r)
	}
}

// tellAnswer logs a run.
func (l *loop) tellAnswer(w *watch, r checks.Result) {
	l.log.Debug("check", "service", w.users[0].service.decl.Name, "server", w.users[0].server.decl.Name, "of", len(w.users),
		"check", w.check.ID, "outcome", r.Outcome, "cause", r.Cause, "reason", r.Reason, "took", r.Took)
}

// heed keeps what an answer says of the weight: what a passing one says or does
// not say, until the check is down.
func (w *watch) heed(r checks.Result) {
	switch {
	case w.health.State == StateDown:
		w.advice = checks.Advice{}
	case r.Outcome == checks.Degraded && r.Advice.Kind == checks.NoAdvice:
		w.advice = w.check.Degraded
	case r.Outcome == checks.Pass || r.Outcome == checks.Degraded:
		w.advice = r.Advice
	}
}

// judge brings a server's state and weight in line with its checks and its
// mark, says so if the state turned, and tells whether anything changed.
func (l *loop) judge(srv *server, s *service, now time.Time) bool {
	old, since, failed, health := srv.state, srv.since, srv.failed, srv.health
	turned := srv.judge(l.markOf(s, srv.decl.Destination.Addr), now) && srv.state != old
	if turned {
		l.turnedOver(srv, s, turn{old, now.Sub(since), failed}, now)
		l.turned(srv, s, old)
	}
	return srv.weigh(now) || turned || srv.health != health
}

// turned tells that the state of a server is another one. One that is down from
// the beginning, before anything was asked, did not go down.
func (l *loop) turned(srv *server, s *service, old State) {
	if old == StateUnknown && srv.state == StateDown && !srv.failed {
		return
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
}
