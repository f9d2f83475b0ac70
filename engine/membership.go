package engine

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"time"

	"luavs/ipvs"
)

// addMember has a server join a service, or changes one that code has added.
func (l *loop) addMember(key ipvs.ServiceKey, m Member) error {
	s := l.services[key]
	if s == nil {
		return ErrNotInForce
	}
	if srv := s.server(m.Addr); srv != nil && srv.origin != OriginAdded {
		return fmt.Errorf("%v is %s", m.Addr, srv.whence())
	}
	if _, err := s.decl.joining(m); err != nil {
		return err
	}
	at := s.added.find(m.Addr)
	switch {
	case at >= 0 && s.added[at] == m:
		return nil
	case at >= 0:
		s.added[at] = m
	case len(s.added) == maxMembers:
		return fmt.Errorf("%d servers were added already: no more can be", maxMembers)
	default:
		s.added = append(s.added, m)
	}
	l.enrol(s)
	return nil
}

// removeMember takes a server out that code has added.
func (l *loop) removeMember(key ipvs.ServiceKey, addr netip.AddrPort) error {
	s := l.services[key]
	if s == nil {
		return ErrNotInForce
	}
	at := s.added.find(addr)
	switch srv := s.server(addr); {
	case at >= 0:
		s.added = slices.Delete(s.added, at, at+1)
	case srv != nil:
		return fmt.Errorf("%v is %s: take it out there", addr, srv.whence())
	default:
		return fmt.Errorf("%v is no server of this virtual server", addr)
	}
	l.enrol(s)
	return nil
}

// roll is a list of members.
type roll []Member

func (r roll) find(addr netip.AddrPort) int {
	return slices.IndexFunc(r, func(m Member) bool { return m.Addr == addr })
}

// whence says where a server that code did not add comes from.
func (srv *server) whence() string {
	if srv.origin == "" {
		return "declared in the policy's text"
	}
	return "listed by " + srv.origin
}

// enrol notes that others may belong to a service now, which settle sees to.
func (l *loop) enrol(s *service) { l.joining[s] = true }

// enrolAll brings the servers of services in line with who belongs to them, if
// that may have changed. It is done for all of them at once: what all policies
// share is looked through once. All join before anybody leaves, so that a check
// goes on which both have.
func (l *loop) enrolAll() {
	if len(l.joining) == 0 {
		return
	}
	var left []*server
	l.shared = l.sharing()
	for _, key := range l.order {
		if s := l.services[key]; l.joining[s] {
			left = append(left, l.muster(s)...)
			l.touch(s)
		}
	}
	l.shared = sharing{}
	clear(l.joining)
	for _, srv := range left {
		l.leave(srv, srv.service)
	}
	l.declarePaths()
}

// muster makes the servers of a service those that belong to it, and returns who
// does not any more. Those who stay go on as they are, and so do their checks.
func (l *loop) muster(s *service) (left []*server) {
	before := s.servers
	all, refused := s.enrolled()
	l.misfits(s, refused)
	known := roster{servers: before}
	s.servers = make([]*server, len(all))
	for i, e := range all {
		if srv := known.find(i, e.decl.Destination.Addr); srv != nil {
			srv.become(e)
			s.servers[i] = srv
		} else {
			s.servers[i] = l.join(s, e)
		}
	}
	stay := roster{servers: s.servers}
	for i, srv := range before {
		if stay.find(i, srv.addr()) == nil {
			left = append(left, srv)
		}
	}
	return left
}

// misfits says which members do not fit their service any more.
func (l *loop) misfits(s *service, refused []error) {
	if err := errors.Join(refused...); err != nil {
		l.log.Error("a server that was added does not fit its virtual server any more, and is left out", "service", s.decl.Name, "err", err)
	}
}

func byAddr(servers []*server) map[netip.AddrPort]*server {
	all := make(map[netip.AddrPort]*server, len(servers))
	for _, srv := range servers {
		all[srv.addr()] = srv
	}
	return all
}

// join makes the server of somebody who was not there before.
func (l *loop) join(s *service, e enrolment) *server {
	now := time.Now()
	srv := l.newServer(s, e, now)
	switch {
	case e.atOnce:
		srv.presume(StateUp, "serves before its first check, as it was added")
	case !s.settled && serves(s.have, e.decl.Destination.Addr):
		srv.presume(StateUp, wasServing)
	}
	l.log.Info("server added", "service", s.decl.Name, "server", srv.decl.Name, "origin", srv.origin)
	l.note(event{kind: EventAdded, service: s, server: srv})
	if s.adopted {
		l.judge(srv, s, now)
		l.judgeSharers(srv, s, now)
	}
	return srv
}

// become gives a server the name and the weight with which it is listed now. A
// weight that code has set holds until another one is listed.
func (srv *server) become(e enrolment) {
	srv.origin, srv.view = e.origin, nil
	before, weight := *srv.decl, e.decl.Destination.Weight
	if before.Name == e.decl.Name && before.Destination.Weight == weight {
		return
	}
	decl := before
	decl.Name, decl.Destination.Weight = e.decl.Name, weight
	if srv.decl = &decl; before.Destination.Weight != weight {
		srv.weight = weight
		srv.weigh(time.Now())
	}
}

// leave ends what is done for a server that does not belong to its service any
// more. A check that it shares goes on for the others.
func (l *loop) leave(srv *server, s *service) {
	srv.gone = true
	l.log.Info("server removed", "service", s.decl.Name, "server", srv.decl.Name, "origin", srv.origin)
	l.note(event{kind: EventRemoved, service: s, server: srv, view: srv.copy()})
	l.neglect(srv)
	l.undeclare(s, srv, time.Now())
	if s.settled {
		s.members = without(s.members, func(a netip.AddrPort) bool { return a == srv.addr() })
	}
}

// declarePaths makes the paths that the checks of all servers want.
func (l *loop) declarePaths() {
	var w wishes
	for _, key := range l.order {
		s := l.services[key]
		w.ofService(&s.decl.Spec)
		for _, srv := range s.servers {
			w.ofServer(&s.decl.Spec, srv.decl)
		}
	}
	l.paths.declare(l.name, w)
}

// joined returns who belongs to the service and is not declared.
func (s *service) joined() (all []Added) {
	for _, m := range s.added {
		all = append(all, Added{OriginAdded, m})
	}
	for _, d := range s.sources {
		for _, m := range d.listed {
			all = append(all, Added{d.decl.ID, m})
		}
	}
	return all
}

// restore gives a service who belonged to it before a restart.
func (s *service) restore(all []Added) {
	for _, a := range all {
		if a.Origin == OriginAdded {
			s.added = append(s.added, a.Member)
		}
	}
}
