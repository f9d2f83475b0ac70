package engine

import "luavs/checks"

// targetOf is what a check is told of a server of a service; memory is what
// its last run left.
func targetOf(of *Service, s *Server, memory string) checks.Target {
	key := of.Spec.ServiceKey
	return checks.Target{
		Addr:    s.Destination.Addr,
		Name:    s.Name,
		Weight:  s.Destination.Weight,
		Service: key.String(),
		VIP:     key.Addr,
		FWMark:  key.FWMark,
		Memory:  memory,
	}
}

// target is what the probe of a watch is told: all of its one server, or the
// address that its servers have in common.
func (w *watch) target() checks.Target {
	u := w.users[0]
	if w.polled { // it asks for no more, and names of services cost memory
		return checks.Target{Addr: u.addr(), VIP: u.service.key().Addr}
	}
	if w.check.Shared {
		return checks.Target{Addr: u.addr(), Memory: w.result().Memory}
	}
	t := targetOf(u.service.decl, u.decl, w.result().Memory)
	t.Weight = u.weight
	return t
}
