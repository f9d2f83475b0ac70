package engine

import (
	"context"
	"sync/atomic"

	"luavs/ipvs"
)

// shown is the view of a service that readers outside the loop have. It is made
// when one of them asks, and not before: most of what changes nobody looks at.
// Who looks again and again does not have to ask.
type shown struct {
	view   atomic.Pointer[ServiceView] // nil: somebody has to ask
	looked atomic.Bool                 // somebody did, lately

	// Of the loop alone.
	watched bool // somebody looks again and again
	stale   bool // the view is out of date
}

// atHand returns the present view of a service if the loop need not be asked for
// it, else nil. Any goroutine may call it.
func (l *loop) atHand(key ipvs.ServiceKey) *ServiceView {
	found, ok := l.views.Load(key)
	if !ok {
		return nil
	}
	shown := &found.(*service).shown
	if !shown.looked.Load() {
		shown.looked.Store(true)
	}
	return shown.view.Load()
}

// view returns the present view of a service, or nil. Any goroutine may call it
// but the loop's own, which is asked if there is none at hand.
func (l *loop) view(ctx context.Context, key ipvs.ServiceKey) (v *ServiceView) {
	if v := l.atHand(key); v != nil {
		return v
	}
	show := func() error {
		if s := l.services[key]; s != nil {
			s.shown.watched = true
			v = s.show(l.name)
		}
		return nil
	}
	if l.doAfter(ctx, show) != nil {
		return nil
	}
	return v
}

// changed notes that readers are to have a new view of a service.
func (s *service) changed() {
	if s.shown.stale = true; !s.shown.watched {
		s.shown.view.Store(nil)
	}
}

// present has those who look at a service see it as it is now.
func (l *loop) present(s *service) {
	if s.changed(); s.shown.watched {
		s.show(l.name)
	}
}

// renewViews lets readers see what answers have brought that turned nothing, and
// drops what nobody has looked at since it was last called.
func (l *loop) renewViews() {
	for _, s := range l.known() {
		if s.shown.watched = s.shown.looked.Swap(false); !s.shown.watched {
			for _, srv := range s.servers {
				srv.view = nil
			}
		}
		l.present(s)
	}
}

// show returns the present view of a service, and keeps it for readers. Servers
// that did not change keep their copy.
func (s *service) show(policy string) *ServiceView {
	if v := s.shown.view.Load(); v != nil && !s.shown.stale {
		return v
	}
	for _, srv := range s.servers {
		srv.show()
	}
	v := s.copy(policy)
	s.shown.view.Store(v)
	s.shown.stale = false
	return v
}

// show returns the present copy of a server.
func (srv *server) show() *ServerView {
	if srv.view == nil {
		srv.view = srv.copy()
	}
	return srv.view
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
	if len(v.Servers) >= indexFrom {
		v.index = &index{}
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
		Foreign:  s.foreign,
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
