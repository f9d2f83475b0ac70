package engine

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"luavs/checks"
)

// newWatch returns a watch of a check on a server, which is due soon.
func (l *loop) newWatch(srv *server, c *Check, now time.Time) *watch {
	w := &watch{check: c, users: []*server{srv}, turn: l.turn, health: Start(c.Initial), polled: l.polling.takes(c.Probe)}
	if w.health.State != StateUnknown {
		w.presumes(w.health, "taken for "+w.health.State.String()+" before its first answer")
	}
	of := ""
	if !c.Shared {
		of = srv.service.key().String()
	}
	w.phase = phaseOf(of, srv.addr().String(), c.ID)
	first := w.rhythm().first(now)
	if limit := c.awaits(); limit > 0 {
		first = now.Add(limit)
	}
	l.queue.put(w, first)
	w.locate(l.addrs)
	l.follow(w)
	return w
}

func (w *watch) seat() *seat { return &w.due }

// ring has the check run.
func (w *watch) ring(l *loop, at, now time.Time) { l.probe(w, at, now) }

// rhythm is when the schedule has it run.
func (w *watch) rhythm() rhythm { return rhythm{w.check.Schedule, w.phase} }

// drop ends a watch: it is no longer due, and an answer to it is void.
func (l *loop) drop(w *watch) {
	w.gone = true
	l.unfollow(w)
	l.queue.take(w)
}

// probe has a check run that was due at a time, as soon as not too many run
// already. It is not due again until it has answered.
func (l *loop) probe(w *watch, due, now time.Time) {
	if w.check.awaits() > 0 {
		l.expire(w, now)
		return
	}
	if !w.begins() {
		l.queue.put(w, now.Add(l.untilRead()))
		return
	}
	if l.gate.enter(w, due) {
		l.start(w, due, now)
	}
}

// begins tells whether a check may be asked: not before it is known what the
// kernel holds of a service that wants to know, and so what is to be thought of
// its servers. Else the first answer would decide alone, and silence on all sides
// would not be told from their end.
func (w *watch) begins() bool {
	return slices.ContainsFunc(w.users, func(srv *server) bool { return srv.service.adopted || srv.service.foreign })
}

// untilRead is when to see again whether the table could be read.
func (l *loop) untilRead() time.Duration {
	if l.unread {
		return together
	}
	return time.Second
}

// start starts a run of a check.
func (l *loop) start(w *watch, due, now time.Time) {
	l.late(now.Sub(due), now)
	l.counted.began(now.Sub(due), now)
	target := w.target()
	if err := l.aim(w, &target); err != nil {
		l.answered(w, checks.Result{Cause: checks.Local, Reason: checks.OneLine(err.Error())}, now)
		return
	}
	if w.polled {
		l.polling.ask(w, target)
		return
	}
	l.runAlone(w, target)
}

// runAlone runs a check in a goroutine of its own.
func (l *loop) runAlone(w *watch, target checks.Target) {
	check, term, turn := w.check, l.term, l.turn
	l.tasks.Go(func() {
		r := ask(term, check, target)
		l.send(func() {
			if now := time.Now(); turn == l.turn {
				l.answered(w, r, now)
			} else {
				l.startNext(now)
			}
		})
	})
}

// ask runs a check within its timeout. A panic is a fault of ours, and says
// nothing about the server.
func ask(ctx context.Context, c *Check, t checks.Target) (r checks.Result) {
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
	l.startNext(now)
	switch {
	case w.gone:
	case l.void(w, r, now):
		l.queue.put(w, w.rhythm().first(now))
	default:
		l.answer(w, r, now)
	}
}

// startNext starts who waits for the end of a run.
func (l *loop) startNext(now time.Time) {
	if next, ok := l.gate.leave(); ok {
		l.start(next.watch, next.due, now)
	}
}

// answer takes in the result of a run.
func (l *loop) answer(w *watch, r checks.Result, now time.Time) {
	r = l.heard(w, r)
	first := !w.answered
	w.hears(r, now, l.said)
	w.runs++
	before := w.health
	if w.discounted = !l.listen(w, r, now); !w.discounted {
		w.health = w.health.Observe(r.Outcome, r.Cause, w.check.Limits)
	}
	w.heed(r)
	if r.Outcome == checks.Unknown {
		w.errors++
	}
	l.queue.put(w, w.next(now))
	l.askAgain(w, now)
	for _, srv := range w.users {
		if w.health != before {
			l.unkept[srv.service] = true
		}
		if l.judge(srv, srv.service, now) || first {
			l.touch(srv.service)
		}
		l.combine(srv, srv.service)
	}
	if l.log.Enabled(l.life, slog.LevelDebug) { // or each answer costs memory
		l.tellAnswer(w, r)
	}
}

// tellAnswer logs a run.
func (l *loop) tellAnswer(w *watch, r checks.Result) {
	l.log.Debug("check", "service", w.users[0].service.decl.Name, "server", w.users[0].decl.Name, "of", len(w.users),
		"check", w.check.ID, "outcome", r.Outcome, "cause", r.Cause, "reason", r.Reason, "took", r.Took)
}

// heed keeps what an answer says of the weight: what a passing one says or does
// not say, until the check is down.
func (w *watch) heed(r checks.Result) {
	switch {
	case w.health.State == StateDown:
		w.advise(checks.Advice{})
	case r.Outcome == checks.Degraded && r.Advice.Kind == checks.NoAdvice:
		w.advise(w.check.Degraded)
	case r.Outcome == checks.Pass || r.Outcome == checks.Degraded:
		w.advise(r.Advice)
	}
}

// judge brings a server's state and weight in line with its checks and its
// mark, says so if the state turned, and tells whether anything changed.
func (l *loop) judge(srv *server, s *service, now time.Time) bool {
	old, since, failed, health := srv.state, srv.since, srv.failed, srv.health
	turned := srv.judge(l.markOf(s, srv.addr()), now) && srv.state != old
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
		_, result := srv.verdict()
		l.log.Warn("server down", append(attrs, "cause", result.Cause)...)
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
