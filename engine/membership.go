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

// enrol brings the servers of a service in line with who belongs to it. Those
// who stay go on as they are, and so do their checks.
func (l *loop) enrol(s *service) {
	before := s.servers
	all, refused := s.enrolled()
	l.misfits(s, refused)
	s.servers = make([]*server, 0, len(all))
	stays := make(map[*server]bool, len(before))
	known := byAddr(before)
	for _, e := range all {
		srv := known[e.decl.Destination.Addr]
		if srv != nil {
			srv.become(e)
			stays[srv] = true
		} else {
			srv = l.join(s, e)
		}
		s.servers = append(s.servers, srv)
	}
	for _, srv := range before {
		if !stays[srv] {
			l.leave(srv, s)
		}
	}
	l.declarePaths()
	l.touch(s)
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
		all[srv.decl.Destination.Addr] = srv
	}
	return all
}

// join makes the server of somebody who was not there before.
func (l *loop) join(s *service, e enrolment) *server {
	srv := l.newServer(s, e, nil)
	now := time.Now()
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
	weight := srv.decl.Destination.Weight
	if e.decl.Destination.Weight != srv.weight {
		weight = e.decl.Destination.Weight
	}
	srv.weight, srv.origin, srv.decl.Name = e.decl.Destination.Weight, e.origin, e.decl.Name
	if srv.decl.Destination.Weight != weight {
		srv.decl.Destination.Weight = weight
		srv.weigh(time.Now())
	}
	srv.view = nil
}

// leave ends what is done for a server that does not belong to its service any
// more. A check that it shares goes on for the others.
func (l *loop) leave(srv *server, s *service) {
	srv.gone = true
	l.log.Info("server removed", "service", s.decl.Name, "server", srv.decl.Name, "origin", srv.origin)
	l.note(event{kind: EventRemoved, service: s, server: srv, view: srv.copy(s.key())})
	for _, w := range srv.checks {
		if len(w.users) > 1 {
			w.users = slices.DeleteFunc(w.users, func(u user) bool { return u.server == srv })
			continue
		}
		l.drop(w)
		if q := questionOf(w.check, srv.decl.Destination.Addr); l.shared[q] == w {
			delete(l.shared, q)
		}
	}
	if srv.course != nil {
		l.queue.take(&srv.course.due)
	}
	l.undeclare(s, srv, time.Now())
	addr := srv.decl.Destination.Addr
	s.members = without(s.members, func(a netip.AddrPort) bool { return a == addr })
}

// declarePaths makes the paths that the checks of all servers want.
func (l *loop) declarePaths() {
	services := make([]Service, 0, len(l.order))
	for _, key := range l.order {
		s := l.services[key]
		decl := Service{Spec: s.decl.Spec}
		for _, srv := range s.servers {
			decl.Servers = append(decl.Servers, srv.decl)
		}
		services = append(services, decl)
	}
	l.paths.declare(l.name, services)
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
