package engine

import (
	"context"
	"sync/atomic"

	"luavs/ipvs"
)

// shown is the view of a service that readers outside the loop have. It is made
// when one of them asks, and not before: most of what changes nobody looks at.
type shown struct {
	view   atomic.Pointer[ServiceView] // nil: out of date, or nobody has asked
	looked atomic.Bool                 // somebody has, lately
}

// view returns the present view of a service, or nil. Any goroutine may call it
// but the loop's own, which is asked if there is none at hand.
func (l *loop) view(ctx context.Context, key ipvs.ServiceKey) (v *ServiceView) {
	found, ok := l.views.Load(key)
	if !ok {
		return nil
	}
	s := found.(*service)
	if !s.shown.looked.Load() {
		s.shown.looked.Store(true)
	}
	if v = s.shown.view.Load(); v != nil {
		return v
	}
	shown := func() error {
		if l.services[key] == s {
			v = s.show(l.name)
		}
		return nil
	}
	if l.doAfter(ctx, shown) != nil {
		return nil
	}
	return v
}

// changed notes that readers are to have a new view of a service.
func (s *service) changed() { s.shown.view.Store(nil) }

// show returns the present view of a service, and keeps it for readers. Servers
// that did not change keep their copy.
func (s *service) show(policy string) *ServiceView {
	if v := s.shown.view.Load(); v != nil {
		return v
	}
	for _, srv := range s.servers {
		srv.show()
	}
	v := s.copy(policy)
	s.shown.view.Store(v)
	return v
}

// show returns the present copy of a server.
func (srv *server) show() *ServerView {
	if srv.view == nil {
		srv.view = srv.copy()
	}
	return srv.view
}

// renewViews lets readers see what answers have brought that turned nothing, and
// drops the copies of servers at which nobody has looked since it was last called.
func (l *loop) renewViews() {
	for _, s := range l.known() {
		s.changed()
		if s.shown.looked.Swap(false) {
			continue
		}
		for _, srv := range s.servers {
			srv.view = nil
		}
	}
}

// copy makes a view of the service that is nobody's yet.
func (s *service) copy(policy string) *ServiceView {
	v := s.outline(policy)
	v.Servers = make([]*ServerView, len(s.servers))
	for i, srv := range s.servers {
		if v.Servers[i] = srv.view; srv.view == nil {
			v.Servers[i] = srv.copy()
		}
	}
	return &v
}

// outline is a view of the service without its servers.
func (s *service) outline(policy string) ServiceView {
	return ServiceView{
		Policy:   policy,
		Name:     s.decl.Name,
		Spec:     s.decl.Spec,
		Settled:  s.settled,
		Members:  s.members,
		Leaving:  s.leaving,
		Draining: s.draining(),
		Sticky:   s.sticky,
		Quorum:   s.quorum,
		Held:     s.held(),
		Sources:  s.sourceViews(),
		Problem:  s.problem(),
	}
}

func (srv *server) copy() *ServerView {
	v := &ServerView{
		Service:     srv.service.key(),
		Name:        srv.decl.Name,
		Origin:      srv.origin,
		Destination: srv.decl.Destination,
		Configured:  srv.weight,
		State:       srv.state,
		Since:       srv.since,
		Reason:      srv.reason,
		Health:      srv.health,
		Mark:        srv.mark(),
		PassedOver:  srv.passedOver,
		Checks:      make([]CheckView, len(srv.checks)),
	}
	v.Destination.Weight = srv.serves
	if e := entryAt(srv.service.have, srv.addr()); e != nil {
		v.Active, v.Inactive, v.Stats = e.Active, e.Inactive, e.Stats
	}
	if c := srv.course; c != nil {
		v.Flaps = c.flaps
		v.HeldUntil = c.heldUntil
	}
	for i, w := range srv.checks {
		v.Checks[i] = CheckView{
			ID: w.check.ID, State: w.health.State, Streak: int(w.health.Streak), Advice: w.advised(),
			Last: w.result(), At: w.at, Runs: w.runs, Errors: w.errors,
		}
	}
	return v
}
