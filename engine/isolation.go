package engine

import (
	"fmt"
	"net/netip"
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

// isolated is what a loop knows of its own network.
type isolated struct {
	rule  Isolation
	voice time.Time // when a server last answered; zero: none has
	since time.Time // when the network was taken for lost; zero: it is there
	back  time.Time // when it came back last; zero: it was never lost
	over  bool      // that was believed for long enough
	end   timed
}

// silent is that the runs of a check end without an answer.
type silent struct {
	since  time.Time      // when the first one did
	wasUp  bool           // the check was up then
	advice *checks.Advice // that was in force
}

// began tells whether a check that was up fell silent after a time.
func (s *silent) began(t time.Time) bool { return s != nil && s.wasUp && s.since.After(t) }

// listen takes in what an answer says of the network, and tells whether it
// counts: without one, fails say nothing of a server, nor do those of runs that
// began before the network was back.
func (l *loop) listen(w *watch, r checks.Result, now time.Time) bool {
	n := &l.network
	if n.rule == (Isolation{}) || w.stays {
		return true
	}
	switch reply := replyOf(r); {
	case reply == voice:
		l.rejoin(now)
		w.silent, n.voice = nil, now
		return true
	case now.Add(-r.Took).Before(n.back):
		return r.Outcome != checks.Fail
	case reply == silence:
		w.falls(now, n.back)
		if w.turns(r) && l.cutOff(w) {
			l.isolate(now)
		}
	}
	return r.Outcome != checks.Fail || n.since.IsZero()
}

// falls notes that a run of a check has ended without an answer. What was before
// the network came back is another story.
func (w *watch) falls(now, back time.Time) {
	if w.silent == nil || w.silent.since.Before(back) {
		w.silent = &silent{since: now, wasUp: w.health.State == StateUp, advice: w.advice}
	}
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
			for _, other := range srv.checks {
				if other.silent.began(n.voice) {
					hosts[other.whom()], services[key] = true, true
				}
			}
			if len(hosts) >= n.rule.Hosts && len(services) >= n.rule.Services {
				return true
			}
		}
	}
	return false
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
	n.since, n.back = time.Time{}, now
	l.queue.take(&n.end)
	l.forgive(now)
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
