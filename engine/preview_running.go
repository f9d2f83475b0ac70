package engine

import (
	"fmt"

	"luavs/ipvs"
)

// Running is what a daemon keeps in the kernel, as far as a preview of other
// configs has to know. The zero Running is that of no daemon.
type Running struct {
	policy map[ipvs.ServiceKey]string // of each service that is its own
}

// RunningOf reads what a daemon keeps from its status.
func RunningOf(s Status) (Running, error) {
	r := Running{policy: map[ipvs.ServiceKey]string{}}
	for _, p := range s.Policies {
		for _, service := range p.Services {
			key, err := ipvs.ParseServiceKey(service.Service)
			if err != nil {
				return Running{}, fmt.Errorf("status of policy %s: %w", p.Name, err)
			}
			if !service.Foreign {
				r.policy[key] = p.Name
			}
		}
	}
	return r, nil
}

// Refused returns a config without the services that would not be put in force on
// a kernel that holds have, and those: it holds them already, the daemon does not
// keep them, and they are declared so that they are left alone then. See
// [Service.RefuseExisting].
func (r Running) Refused(c Config, have ipvs.Table) (Config, []ipvs.ServiceKey) {
	var rest []Service
	var refused []ipvs.ServiceKey
	kernel := byKey(have)
	for _, s := range c.Services {
		key := s.Spec.ServiceKey
		if _, ours := r.policy[key]; s.RefuseExisting && !ours && kernel[key] != nil {
			refused = append(refused, key)
		} else {
			rest = append(rest, s)
		}
	}
	c.Services = rest
	return c, refused
}

// Gone returns the steps that delete what the daemon keeps for some policies, of a
// kernel that holds have, and none of the configs declares.
func (r Running) Gone(have ipvs.Table, of func(policy string) bool, configs ...Config) []Step {
	declared := map[ipvs.ServiceKey]bool{}
	for _, c := range configs {
		for _, s := range c.Services {
			declared[s.Spec.ServiceKey] = true
		}
	}
	var gone ipvs.Table
	for _, e := range have {
		if policy, ours := r.policy[e.ServiceKey]; ours && !declared[e.ServiceKey] && of(policy) {
			gone = append(gone, e)
		}
	}
	return Plan(gone, nil)
}
