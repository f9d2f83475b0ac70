package engine

import (
	"fmt"
	"net/netip"
	"slices"
	"time"

	"luavs/checks"
	"luavs/ipvs"
)

// Isolation says when silence on all sides is taken for the loss of our own
// network: then no server goes down for not answering. The zero Isolation never
// does that.
type Isolation struct {
	Hosts    int // so many addresses that were up are silent, 1 or more
	Services int // of so many virtual servers, 1 or more

	// Hold is how long that is believed if nothing answers. Afterwards checks
	// count again until something has.
	Hold time.Duration
}

// A reply is what an answer says of the network between us and a server.
type reply uint8

const (
	saysNothing reply = iota // a program's or a function's own verdict, or no answer of a server at all
	silence                  // there was no answer
	voice                    // the server answered, whatever it said
)

// replyOf returns what an answer says of the network.
func replyOf(r checks.Result) reply {
	switch r.Outcome {
	case checks.Pass, checks.Degraded:
		return voice
	case checks.Unknown:
		return saysNothing
	}
	switch r.Cause {
	case checks.Timeout, checks.Unreachable:
		return silence
	case checks.Exit, checks.Signal, checks.Verdict, checks.NoCause:
		return saysNothing
	}
	return voice
}

// stays tells whether a check asks nobody beyond this machine.
func (w *watch) stays() bool {
	_, isFile := w.check.Probe.(filed)
	return isFile || w.check.awaits() > 0 || w.users[0].addr().Addr().IsLoopback()
}

// isolated is what a loop knows of its own network.
type isolated struct {
	rule  Isolation
	voice time.Time // when a server last answered; zero: none has
	since time.Time // when the network was taken for lost; zero: it is there
	over  bool      // that was believed for long enough
	end   timed
}

// silent is that the runs of a check end without an answer.
type silent struct {
	since time.Time // when the first one did
	wasUp bool      // the check was up then
}

// began tells whether a check that was up fell silent after a time.
func (s *silent) began(t time.Time) bool { return s != nil && s.wasUp && s.since.After(t) }

// listen takes in what an answer says of the network, and tells whether it
// counts: without one, fails say nothing of a server.
func (l *loop) listen(w *watch, r checks.Result, now time.Time) bool {
	if l.network.rule == (Isolation{}) || w.stays() {
		return true
	}
	switch replyOf(r) {
	case voice:
		l.rejoin(now)
		w.silent, l.network.voice = nil, now
		return true
	case silence:
		if w.silent == nil {
			w.silent = &silent{since: now, wasUp: w.health.State == StateUp}
		}
		if w.turns(r) && l.cutOff(w) {
			l.isolate(now)
		}
	}
	return r.Outcome != checks.Fail || l.network.since.IsZero()
}

// turns tells whether an answer takes a check down.
func (w *watch) turns(r checks.Result) bool {
	return w.health.State == StateUp && w.health.Observe(r.Outcome, r.Cause, w.check.Limits).State == StateDown
}

// cutOff tells whether the network seems lost: nobody has answered since a
// check that is to go down fell silent, and enough others are silent too.
func (l *loop) cutOff(w *watch) bool {
	n := &l.network
	if n.over || !n.since.IsZero() || !n.voice.Before(w.silent.since) || len(l.services) < n.rule.Services {
		return false
	}
	hosts, services := map[netip.Addr]bool{}, map[ipvs.ServiceKey]bool{}
	for key, s := range l.services {
		for _, srv := range s.servers {
			if srv.silentSince(n.voice) {
				hosts[srv.addr().Addr()], services[key] = true, true
			}
			if len(hosts) >= n.rule.Hosts && len(services) >= n.rule.Services {
				return true
			}
		}
	}
	return false
}

// silentSince tells whether a check of the server fell silent after a time.
func (srv *server) silentSince(t time.Time) bool {
	return slices.ContainsFunc(srv.checks, func(w *watch) bool { return w.silent.began(t) })
}

// isolate begins to hold: what silence alone has counted until now, counts for
// nothing.
func (l *loop) isolate(now time.Time) {
	n := &l.network
	n.since = now
	l.log.Error("no server answers any more, our own network seems to be lost: none goes down for that, who serves stays", "at most", n.rule.Hold)
	l.note(event{kind: EventIsolated})
	l.forgive(now)
	n.end.run = func(time.Time) {
		n.since, n.over = time.Time{}, true
		l.log.Warn("still no server answers: from now on that counts again")
	}
	l.queue.put(&n.end, now.Add(n.rule.Hold))
}

// rejoin ends that.
func (l *loop) rejoin(now time.Time) {
	n := &l.network
	n.over = false
	if n.since.IsZero() {
		return
	}
	l.log.Info("a server answers again: our own network is back", "lost", now.Sub(n.since).Round(time.Millisecond))
	l.note(event{kind: EventConnected})
	n.since = time.Time{}
	l.queue.take(&n.end)
	l.forgive(now)
}

// forgive takes back what was counted of checks since they fell silent, a
// verdict too, if that was after a server last answered.
func (l *loop) forgive(now time.Time) {
	for _, s := range l.services {
		for _, srv := range s.servers {
			if !srv.silentSince(l.network.voice) {
				continue
			}
			for _, w := range srv.checks {
				if w.silent.began(l.network.voice) {
					w.health = Health{State: StateUp}
				}
			}
			if l.judge(srv, s, now) {
				l.touch(s)
			}
		}
	}
}

// setIsolation puts another rule in force.
func (l *loop) setIsolation(rule Isolation) {
	if l.network.rule == rule {
		return
	}
	l.queue.take(&l.network.end)
	l.network = isolated{rule: rule}
}

// problem says since when the network is taken for lost, or nothing.
func (n *isolated) problem(now time.Time) string {
	if n.since.IsZero() {
		return ""
	}
	return fmt.Sprintf("no server has answered for %v, our own network seems to be lost: who serves stays, for %v at most",
		now.Sub(n.since).Round(time.Second), n.rule.Hold)
}
