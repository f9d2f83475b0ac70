package engine

import (
	"net/netip"
	"slices"
	"time"

	"luavs/ipvs"
)

// readAtOnce is how many services are read in one go while other work waits. For
// so few the kernel need not list all that it has.
const readAtOnce = 16

// read reads what the kernel holds of our services. What it holds of others is
// not even looked at.
func (l *loop) read() {
	l.unread, l.drains.unread, l.round = false, false, nil
	if keys := l.keys(); len(keys) > 0 {
		l.readKeys(keys)
	}
}

// keys returns those of all our services.
func (l *loop) keys() []ipvs.ServiceKey {
	keys := make([]ipvs.ServiceKey, 0, len(l.services)+len(l.leaving))
	for key := range l.known() {
		keys = append(keys, key)
	}
	return keys
}

// readRound has all our services read. Where they are many, some are read at a
// time: checks and reloads do not wait for thousands of them.
func (l *loop) readRound() {
	switch {
	case len(l.services)+len(l.leaving) <= readAtOnce || l.unreadable != "":
		l.unread = true
	case len(l.round) == 0:
		l.round = l.keys()
	}
}

// readNext reads the next services of a round.
func (l *loop) readNext() {
	keys := make([]ipvs.ServiceKey, 0, readAtOnce)
	for len(l.round) > 0 && len(keys) < readAtOnce {
		if key := l.round[0]; l.service(key) != nil {
			keys = append(keys, key)
		}
		l.round = l.round[1:]
	}
	if len(keys) > 0 && !l.readKeys(keys) {
		l.round = nil
	}
}

// readAgain is for a config that was put in force. Of services that go on the
// kernel holds what it was left with, as far as is known: only the others are
// read before the loop acts, and all of them once it has.
func (l *loop) readAgain() {
	if l.turn == 1 || l.unreadable != "" {
		l.unread = true
		return
	}
	var keys []ipvs.ServiceKey
	for key, s := range l.known() {
		if !s.adopted || s.refusal != "" {
			keys = append(keys, key)
		}
	}
	if len(keys) > 0 && !l.readKeys(keys) {
		return
	}
	l.afterwards = append(l.afterwards, l.readRound)
}

// readKeys reads what the kernel holds of some services, and tells whether it
// could.
func (l *loop) readKeys(keys []ipvs.ServiceKey) bool {
	table, err := l.kernel.Table(keys...)
	if err != nil {
		l.cannotRead(err)
		return false
	}
	if l.unreadable != "" {
		l.log.Info("the kernel can be read again")
	}
	l.unreadable = ""
	l.take(keys, table)
	return true
}

func (l *loop) cannotRead(err error) {
	if l.unreadable != err.Error() {
		l.log.Error("the kernel's table cannot be read; it is tried again", "every", l.paths.again, "err", err)
	}
	l.unreadable = err.Error()
	for _, s := range l.known() {
		s.refusal = l.unreadable
		l.touched[s] = true
	}
}

// take compares a reading of some services with what was known, and keeps it.
func (l *loop) take(keys []ipvs.ServiceKey, table ipvs.Table) {
	held := make(map[ipvs.ServiceKey]*ipvs.Entry, len(table))
	for _, e := range table {
		held[e.ServiceKey] = &e // and not all of the table with it
	}
	now := time.Now()
	for _, key := range keys {
		s := l.service(key)
		was := s.have
		if s.calm() && sameSettings(s.have, held[key]) {
			if s.hold(held[key]) {
				l.present(s)
			}
			continue
		}
		switch {
		case l.foreign(s, held[key]):
			l.refuse(s)
			continue
		case !s.adopted:
			l.adopt(s, held[key])
		case !s.doubt:
			l.compare(s, s.expected(held[key]), held[key], now)
		}
		s.hold(held[key])
		s.refusal, s.doubt = "", false
		l.countDrains(s, was, now)
		l.keepServing(s)
		l.touched[s] = true
	}
}

// calm tells whether nothing of a service is under way, so that a reading which
// finds it as it was left leads to nothing.
func (s *service) calm() bool {
	return s.adopted && !s.leaving && s.refusal == "" && len(s.drains)+len(s.fight) == 0
}

// hold notes what the kernel holds of a service, and tells whether that is news.
// What is known already is not kept twice.
func (s *service) hold(e *ipvs.Entry) (news bool) {
	if sameSettings(s.have, e) && sameCounters(s.have, e) {
		e = s.have
	}
	if sameSettings(s.put, e) {
		s.put = e
	}
	if e == s.have {
		return false
	}
	s.have = e
	for _, srv := range s.servers {
		srv.view = nil
	}
	return true
}

// expected is what a reading should find: what was there before, but for what
// drains, which others may delete, as they may all of a service that leaves.
func (s *service) expected(held *ipvs.Entry) *ipvs.Entry {
	switch {
	case s.leaving && held == nil:
		return nil
	case s.have == nil || len(s.drains) == 0:
		return s.have
	}
	e := *s.have
	e.Destinations = slices.DeleteFunc(slices.Clone(e.Destinations), func(d ipvs.DestinationEntry) bool {
		return s.drains[d.Addr] != nil && !entryHas(held, d.Addr)
	})
	return &e
}

// adopt starts a service from what the kernel holds of it and what was kept of
// it: who serves stays, and a server with a weight counts as up until a check
// says otherwise.
func (l *loop) adopt(s *service, have *ipvs.Entry) {
	s.adopted, s.have = true, have
	if have != nil || !s.decl.RefuseExisting || l.records.claimed(s.key()) {
		l.own(s)
	}
	if s.leaving {
		l.adoptLeaving(s, time.Now())
		return
	}
	s.put, s.foreign = have, false
	l.touch(s)
	now := time.Now()
	kept := l.records.take(s.key())
	if kept != nil && have != nil {
		s.quorum, s.change = kept.Quorum, kept.Step.change(now)
	}
	l.forgetMarks(s, kept)
	l.restoreDrains(s, kept, now)
	if have != nil {
		s.members = without(destinations(have), func(a netip.AddrPort) bool { return s.drains[a] != nil })
		s.found = s.members
	}
	for _, srv := range s.servers {
		l.restore(srv, s, kept.server(srv.addr()), now)
		l.judgeSharers(srv, s, now)
		l.judge(srv, s, now)
	}
}

// judgeSharers judges the servers of other services that share a check with a
// server of s.
func (l *loop) judgeSharers(srv *server, s *service, now time.Time) {
	for _, w := range srv.checks {
		for _, u := range w.users {
			if u.service != s && u.service.adopted && l.judge(u, u.service, now) {
				l.touch(u.service)
			}
		}
	}
}

// wasServing is why a server counts as up that the kernel held at the start.
const wasServing = "was serving when LuaVS started"

// presume gives the checks that have not answered yet a state to start from.
func (srv *server) presume(state State, reason string) {
	for _, w := range srv.checks {
		if !w.answered {
			w.presumes(Health{State: state}, reason)
		}
	}
	if c := srv.combined; c != nil && !c.answered {
		c.state, c.result.Reason = state, reason
	}
}
