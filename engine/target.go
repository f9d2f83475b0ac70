package engine

import "luavs/checks"

// targetOf is what a check is told of a server of a service; memory is what
// its last run left.
func targetOf(of Service, s Server, memory string) checks.Target {
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
