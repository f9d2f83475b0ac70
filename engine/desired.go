package engine

import (
	"net/netip"
	"slices"

	"luavs/ipvs"
)

// desired returns what the kernel should hold of a service, or nil for
// nothing. Who drains stays, with weight 0. Until every check has answered, it
// only ever adds: what the kernel holds stays as it is, and servers that are
// known to be up join it.
func desired(v *ServiceView, have *ipvs.Entry) *ipvs.Entry {
	members := v.Members
	switch {
	case v.Leaving && len(v.Draining) == 0:
		return nil
	case v.Leaving || v.Settled:
		members = withDraining(members, v.Draining)
	default:
		members = joined(have, newcomers(v))
		if have == nil && len(members) == 0 {
			return nil
		}
	}
	return entryOfAll(v.Spec, members)
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

// upServers is the decision of a service without a decider: every server that
// is up, as declared.
func upServers(v *ServiceView) []ipvs.Destination {
	var up []ipvs.Destination
	for _, srv := range v.Servers {
		if srv.State == StateUp {
			up = append(up, srv.Destination)
		}
	}
	return sortMembers(up)
}

// newcomers are the servers that may join before the first decision: those that
// are up, but for those that the last decision before the start left out.
func newcomers(v *ServiceView) []ipvs.Destination {
	var up []ipvs.Destination
	for _, srv := range v.Servers {
		if srv.State == StateUp && !srv.PassedOver {
			up = append(up, srv.Destination)
		}
	}
	return up
}

// joined returns what the kernel holds with what it does not hold yet.
func joined(have *ipvs.Entry, more []ipvs.Destination) []ipvs.Destination {
	var all []ipvs.Destination
	if have != nil {
		all = destinations(have)
	}
	for _, d := range more {
		if !slices.ContainsFunc(all, func(h ipvs.Destination) bool { return h.Addr == d.Addr }) {
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
