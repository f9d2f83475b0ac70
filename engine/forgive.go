package engine

import (
	"slices"
	"time"
)

// forgive takes back what was counted of checks that fell silent after a server
// last answered, and what came of it: verdicts of servers and of combiners, advice
// that was given up, holds and the score that makes them.
func (l *loop) forgive(now time.Time) {
	for _, s := range l.services {
		for _, srv := range s.servers {
			if since := srv.forgive(l.network.voice); !since.IsZero() {
				l.goBack(srv, since, now)
			}
		}
	}
}

// forgive takes back what was counted of the server's checks that fell silent
// after a time. It returns when the first of them did; zero: none has.
func (srv *server) forgive(after time.Time) (since time.Time) {
	for _, w := range srv.checks {
		if w.silent.began(after) {
			w.health, w.advice, w.discounted = Health{State: StateUp}, w.silent.advice, true
			since = sooner(since, w.silent.since)
		}
	}
	return since
}

// discounted tells whether the last answer of a check of the server counts for
// nothing.
func (srv *server) discounted() bool {
	return slices.ContainsFunc(srv.checks, func(w *watch) bool { return w.discounted })
}

// goBack has a server whose checks are forgiven go on as if they had not been
// silent since then.
func (l *loop) goBack(srv *server, since, now time.Time) {
	srv.combined.goBack(since)
	if state, _ := srv.verdict(); state == StateUp && srv.course.goBack(since) {
		srv.failed = false
		l.awaitCourse(srv, now)
	}
	l.unkept[srv.service] = true
	if l.judge(srv, srv.service, now) {
		l.touch(srv.service)
	}
}

// goBack takes back that the server went down, if that was not before a time, and
// tells whether it was so.
func (c *course) goBack(since time.Time) bool {
	if c == nil || c.fell.IsZero() || c.fell.Before(since) {
		return false
	}
	c.flaps, c.rampSince = c.flapsBefore, c.rampBefore
	c.heldUntil, c.fell = time.Time{}, time.Time{}
	return true
}

// goBack takes back a verdict that took the server down, if that was not before a
// time; one that is still awaited is not asked for any more.
func (c *combination) goBack(since time.Time) {
	if c == nil {
		return
	}
	c.void, c.again = c.asking, false
	if c.state == StateDown && c.before != nil && !c.fell.Before(since) {
		c.state, c.result, c.advice, c.before = StateUp, c.before.result, c.before.advice, nil
	}
}
