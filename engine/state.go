package engine

import (
	"cmp"
	"net/netip"
	"sync/atomic"
	"time"

	"luavs/checks"
	"luavs/ipvs"
)

// service is what the loop knows of a declared service. Only the loop touches
// it, but for view.
type service struct {
	decl    Service
	servers []*server
	added   roll // by code, in the order in which they came
	sources []*discovery

	members []ipvs.Destination // who serves, by the last decision; sorted by address
	adopted bool               // what the kernel held at first is known
	settled bool               // each check of each server has answered once, and a decision was made of that
	quorum  Quorum             // by the last decision
	asking  bool               // a decider is at work
	dirty   bool               // something changed since the decider was last asked

	drains  map[netip.AddrPort]*drain // those on their way out of the table
	before  *Kept                     // of one that leaves: what was known of it when it was declared last
	leaving bool                      // not declared any more
	foreign bool                      // somebody else's; it is not touched
	sticky  bool                      // persistence leads known clients back to who drains
	warned  bool                      // which was said

	decision string // why the last decision is not in force
	refusal  string // why the kernel does not hold what is wanted
	reported string // the refusal that was logged last; it is not repeated at each try

	have   *ipvs.Entry // what the kernel held at the last reading, with our changes since; nil: nothing
	put    *ipvs.Entry // what we had it hold last, or found at first; nil: nothing
	change change
	fight  fight // with others who change it
	view   atomic.Pointer[ServiceView]
}

// server is what the loop knows of a server that is declared or has joined.
type server struct {
	origin string // who had it join; empty if it is declared
	gone   bool   // it does not belong to its service any more
	decl   Server // with the weight as it was last set
	weight int    // as declared
	serves int    // the weight it has when it is up, by all that is known
	health State  // by its checks and its course
	mark   Mark
	state  State // by its mark, or else its health
	since  time.Time
	reason string
	result checks.Result // of the check that decided the state
	checks []*watch

	combined *combination // by the Combiner; nil if it has none
	course   *course      // nil if it needs none
	failed   bool         // it is down, and a check has failed since it was up

	passedOver bool // it was up before the process started, and did not serve

	active, inactive uint32
	stats            ipvs.Stats
	view             *ServerView // the copy last published; nil when it is out of date
}

// watch is one check on one server, of one service or of many that share it.
type watch struct {
	check Check
	users []user // who wants to know; one or more

	health  Health
	advice  checks.Advice // that is in force
	last    checks.Result
	at      time.Time
	runs    uint64
	errors  uint64
	started time.Time // of the last run

	silent time.Time // when a run first ended without an answer, since one had one; zero: the last one had
	wasUp  bool      // the check was up then

	rhythm   rhythm
	beat     time.Time // when the schedule alone has it due; zero before the first answer
	due      timed
	answered bool // one run has ended
	again    bool // to be asked once more when the run under way has ended
	gone     bool // the policy no longer has it; what it answers is ignored
	polled   bool // the poller runs it
	void     int  // fails in a row that counted for nothing
}

func (s *service) key() ipvs.ServiceKey { return s.decl.Spec.ServiceKey }

// server returns the server with an address, or nil.
func (s *service) server(addr netip.AddrPort) *server {
	for _, srv := range s.servers {
		if srv.decl.Destination.Addr == addr {
			return srv
		}
	}
	return nil
}

// answered tells whether each check of each server has answered once, and each
// source was asked who they are.
func (s *service) answered() bool {
	for _, d := range s.sources {
		if !d.answered {
			return false
		}
	}
	for _, srv := range s.servers {
		if !srv.asked() || srv.combined != nil && !srv.combined.answered {
			return false
		}
	}
	return true
}

// asked tells whether each check of the server has answered once.
func (srv *server) asked() bool {
	for _, w := range srv.checks {
		if !w.answered {
			return false
		}
	}
	return true
}

// problem says what is wrong, or nothing.
func (s *service) problem() string {
	switch {
	case s.refusal != "":
		return s.refusal
	case s.decision != "":
		return s.decision
	}
	return cmp.Or(s.change.problem(s.decl.MaxChange), s.fight.problem())
}

// judge brings the server's state in line with its checks and its mark, and
// tells whether it changed. Without checks it is up.
func (srv *server) judge(mark Mark, now time.Time) bool {
	srv.health, srv.result = srv.verdict()
	srv.reason = srv.result.Reason
	if srv.health == StateUp && srv.course.holds(now) {
		srv.health, srv.reason = StateDown, srv.course.reason(srv.reason)
	}
	srv.failed = srv.health == StateDown && (srv.failed || srv.result.Outcome == checks.Fail)
	srv.view = nil
	state := mark.state(srv.health)
	if srv.mark = mark; mark.Kind != "" {
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
		return state, srv.latest().last
	}
	return state, srv.checks[which].last
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

// publish makes a new view of the service for readers outside the loop. Servers
// that did not change keep their copy.
func (s *service) publish(policy string) {
	v := &ServiceView{
		Policy:   policy,
		Name:     s.decl.Name,
		Spec:     s.decl.Spec,
		Servers:  make([]*ServerView, len(s.servers)),
		Settled:  s.settled,
		Members:  s.members,
		Leaving:  s.leaving,
		Draining: s.draining(),
		Sticky:   s.sticky,
		Quorum:   s.quorum,
		Held:     s.change.held,
		Sources:  s.sourceViews(),
		Problem:  s.problem(),
	}
	for i, srv := range s.servers {
		if srv.view == nil {
			srv.view = srv.copy(s.key())
		}
		v.Servers[i] = srv.view
	}
	s.view.Store(v)
}

func (srv *server) copy(key ipvs.ServiceKey) *ServerView {
	v := &ServerView{
		Service:     key,
		Name:        srv.decl.Name,
		Origin:      srv.origin,
		Destination: srv.decl.Destination,
		Configured:  srv.decl.Destination.Weight,
		State:       srv.state,
		Since:       srv.since,
		Reason:      srv.reason,
		Health:      srv.health,
		Mark:        srv.mark,
		PassedOver:  srv.passedOver,
		Active:      srv.active,
		Inactive:    srv.inactive,
		Stats:       srv.stats,
		Checks:      make([]CheckView, len(srv.checks)),
	}
	v.Destination.Weight = srv.serves
	if c := srv.course; c != nil {
		v.Flaps = c.flaps
		v.HeldUntil = c.heldUntil
	}
	for i, w := range srv.checks {
		v.Checks[i] = CheckView{
			ID: w.check.ID, State: w.health.State, Streak: int(w.health.Streak), Advice: w.advice,
			Last: w.last, At: w.at, Runs: w.runs, Errors: w.errors,
		}
	}
	return v
}
