package engine

import (
	"net/netip"
	"slices"

	"luavs/ipvs"
)

// desired returns what the kernel should hold of a service, of which it holds
// have: that itself if it is as it should be, or nil for nothing. Who drains
// stays, with weight 0. A service comes into being when somebody serves it, or at
// its first decision. The servers of the view are not looked at.
func desired(v *ServiceView, have *ipvs.Entry) *ipvs.Entry {
	members := withDraining(v.Members, v.Draining)
	if len(members) == 0 && (v.Leaving || !v.Settled && have == nil) {
		return nil
	}
	if holds(have, v.Spec, members) {
		return have
	}
	return entryOfAll(v.Spec, members, have)
}

// holds tells whether the kernel already holds all that is wanted, and no more.
func holds(have *ipvs.Entry, spec ipvs.Service, members []ipvs.Destination) bool {
	return have != nil && have.Service == spec &&
		slices.EqualFunc(have.Destinations, members, func(h ipvs.DestinationEntry, d ipvs.Destination) bool { return h.Destination == d })
}

// sameSettings tells whether two entries differ in counters alone.
func sameSettings(a, b *ipvs.Entry) bool {
	if a == nil || b == nil || a == b {
		return a == b
	}
	return a.Service == b.Service &&
		slices.EqualFunc(a.Destinations, b.Destinations, func(a, b ipvs.DestinationEntry) bool { return a.Destination == b.Destination })
}

// sameCounters tells whether two entries of the same settings do not differ in
// counters either.
func sameCounters(a, b *ipvs.Entry) bool {
	return a == b || a != nil && b != nil && a.Stats == b.Stats && slices.Equal(a.Destinations, b.Destinations)
}

// withDraining returns the members and, with weight 0, those that drain.
func withDraining(members []ipvs.Destination, draining []Drain) []ipvs.Destination {
	if len(draining) == 0 {
		return members
	}
	all := slices.Clone(members)
	for _, dr := range draining {
		d := dr.Destination
		d.Weight = 0
		all = append(all, d)
	}
	return sortMembers(all)
}

// up is the decision of a service without a decider: every server that is up, as
// declared.
func (s *service) up() []ipvs.Destination {
	return sortMembers(s.serving(func(srv *server) bool { return srv.state == StateUp }))
}

// newcomers are the servers that may join before the first decision: those that
// are up, but for those that the last decision before the start left out.
func (s *service) newcomers() []ipvs.Destination {
	return s.serving(func(srv *server) bool { return srv.state == StateUp && !srv.passedOver })
}

// serving returns the destinations of some servers, with the weights that they
// serve with.
func (s *service) serving(some func(*server) bool) []ipvs.Destination {
	number := 0
	for _, srv := range s.servers {
		if some(srv) {
			number++
		}
	}
	all := make([]ipvs.Destination, 0, number)
	for _, srv := range s.servers {
		if some(srv) {
			d := srv.decl.Destination
			d.Weight = srv.serves
			all = append(all, d)
		}
	}
	return all
}

// joined returns the members with those of others that are none yet.
func joined(members, others []ipvs.Destination) []ipvs.Destination {
	all := slices.Clone(members)
	for _, d := range others {
		if !has(members, d.Addr) {
			all = append(all, d)
		}
	}
	return sortMembers(all)
}

// without returns the members that are not leaving.
func without(members []ipvs.Destination, leaving func(netip.AddrPort) bool) []ipvs.Destination {
	return slices.DeleteFunc(slices.Clone(members), func(d ipvs.Destination) bool { return leaving(d.Addr) })
}

func sortMembers(m []ipvs.Destination) []ipvs.Destination {
	slices.SortFunc(m, func(a, b ipvs.Destination) int { return a.Addr.Compare(b.Addr) })
	return m
}

// serves tells whether an entry, perhaps none, has a destination with a weight.
func serves(e *ipvs.Entry, addr netip.AddrPort) bool {
	d := entryAt(e, addr)
	return d != nil && d.Weight > 0
}
