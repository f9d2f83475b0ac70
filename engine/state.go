package engine

import (
	"cmp"
	"net/netip"
	"time"

	"luavs/checks"
	"luavs/ipvs"
)

// service is what the loop knows of a declared service. Only the loop touches
// it, but for shown.
type service struct {
	decl    *Service // which never changes
	servers []*server
	added   roll // by code, in the order in which they came
	sources []*discovery

	members []ipvs.Destination // who serves, by the last decision; sorted by address
	adopted bool               // what the kernel held at first is known
	settled bool               // each check of each server has answered once, and a decision was made of that
	quorum  Quorum             // by the last decision
	asking  bool               // a decider is at work
	dirty   bool               // something changed since the decider was last asked

	drains  map[netip.AddrPort]*drain  // those on their way out of the table; nil until there was one
	before  *Kept                      // of one that leaves: what was known of it when it was declared last
	found   []ipvs.Destination         // whom the kernel held at first; until the first decision
	parting map[netip.AddrPort]*server // who does not belong to it any more, and serves on until the first decision
	leaving bool                       // not declared any more
	foreign bool                       // somebody else's; it is not touched
	ours    bool                       // whatever the kernel holds of it; else it may turn out to be somebody else's
	sticky  bool                       // persistence leads known clients back to who drains
	warned  bool                       // which was said

	decision string // why the last decision is not in force
	refusal  string // why the kernel does not hold what is wanted
	reported string // the refusal that was logged last; it is not repeated at each try
	doubt    bool   // whether the kernel took our last change is not known

	have   *ipvs.Entry // what the kernel held at the last reading, with our changes since; nil: nothing
	put    *ipvs.Entry // what we had it hold last, or found at first; nil: nothing
	change *change     // that is under way; nil: none is limited
	fight  fight       // with others who change it
	shown  shown
}

// server is what the loop knows of a server that is declared or has joined.
// There are thousands: what few of them have stands elsewhere, behind a pointer
// that is nil for the others, and what they have in common is shared.
type server struct {
	service *service
	decl    *Server // which never changes
	origin  string  // who had it join; empty if it is declared
	weight  int     // as it was last set
	serves  int     // the weight it has when it is up, by all that is known
	since   time.Time
	reason  string
	checks  []*watch

	combined *combination // by the Combiner; nil if it has none
	course   *course      // nil if it needs none
	marked   *Mark        // nil if it has none
	view     *ServerView  // a copy that is not out of date; nil: there is none

	health State // by its checks and its course
	state  State // by its mark, or else its health
	failed bool  // it is down, and a check has failed since it was up
	gone   bool  // it does not belong to its service any more

	passedOver bool // it was up before the process started, and did not serve
}

// watch is one check on one server, of one service or of many that share it.
type watch struct {
	check *Check    // which never changes
	users []*server // who wants to know; one or more
	turn  int       // the config that it was last declared by

	last   *checks.Result // but for the time it took; the same for all who heard the same; nil: none yet
	took   time.Duration  // that run
	at     time.Time      // when it ended
	beat   time.Time      // when the schedule alone has it due; zero before the first answer
	runs   uint64
	errors uint64
	advice *checks.Advice // that is in force; nil: none
	silent *silent        // since runs end without an answer; nil: the last one had one

	health     Health
	phase      uint32 // of its rhythm
	due        seat
	void       uint8 // fails in a row that counted for nothing, because of a standstill
	answered   bool  // one run has ended
	again      bool  // to be asked once more when the run under way has ended
	gone       bool  // the policy no longer has it; what it answers is ignored
	polled     bool  // the poller runs it
	stays      bool  // it asks nobody beyond this machine
	discounted bool  // its last answer counts for nothing, because our own network is lost
}

func (s *service) key() ipvs.ServiceKey { return s.decl.Spec.ServiceKey }

// server returns the server with an address, or nil.
func (s *service) server(addr netip.AddrPort) *server {
	for _, srv := range s.servers {
		if srv.addr() == addr {
			return srv
		}
	}
	return nil
}

func (srv *server) addr() netip.AddrPort { return srv.decl.Destination.Addr }

// destination returns the server as it is configured: with the weight as it was
// last set.
func (srv *server) destination() ipvs.Destination {
	d := srv.decl.Destination
	d.Weight = srv.weight
	return d
}

// mark returns the mark of the server, or the zero Mark.
func (srv *server) mark() Mark {
	if srv.marked == nil {
		return Mark{}
	}
	return *srv.marked
}

func (srv *server) setMark(m Mark) {
	srv.marked = nil
	if m.Kind != "" {
		srv.marked = new(Mark)
		*srv.marked = m
	}
}

// started returns when the last run began that has ended.
func (w *watch) started() time.Time { return w.at.Add(-w.took) }

// result returns the answer of the last run, or the zero Result.
func (w *watch) result() (r checks.Result) {
	if w.last != nil {
		r = *w.last
		r.Took = w.took
	}
	return r
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
