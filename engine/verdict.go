package engine

import (
	"time"

	"luavs/checks"
)

// judge brings the server's state in line with its checks and its mark, and
// tells whether it changed. Without checks it is up.
func (srv *server) judge(mark Mark, now time.Time) bool {
	health, result := srv.verdict()
	srv.health, srv.reason = health, result.Reason
	if srv.health == StateUp && srv.course.holds(now) {
		srv.health, srv.reason = StateDown, srv.course.reason(srv.reason)
	}
	srv.failed = srv.health == StateDown && (srv.failed || result.Outcome == checks.Fail)
	srv.view = nil
	state := mark.state(srv.health)
	if srv.setMark(mark); mark.Kind != "" {
		srv.reason = mark.reason(srv.health, srv.reason)
	}
	if state == srv.state && !srv.since.IsZero() {
		return false
	}
	srv.state, srv.since, srv.passedOver = state, now, false
	return true
}

// verdict returns the state by the checks, and the answer that decided it.
func (srv *server) verdict() (State, checks.Result) {
	switch {
	case len(srv.checks) == 0:
		return StateUp, checks.Result{Outcome: checks.Pass, Reason: "has no checks"}
	case srv.combined != nil:
		return srv.combined.state, srv.combined.result
	}
	state, which := worst(srv.checks)
	if srv.decl.Rule != nil {
		state, which = srv.decl.Rule.judge(srv.checks)
	}
	if which < 0 {
		return state, srv.latest().result()
	}
	return state, srv.checks[which].result()
}

// latest returns the check that answered last of those that are up.
func (srv *server) latest() *watch {
	var latest *watch
	for _, w := range srv.checks {
		if w.health.State == StateUp && (latest == nil || w.at.After(latest.at)) {
			latest = w
		}
	}
	return latest
}
