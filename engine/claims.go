package engine

import (
	"errors"

	"luavs/ipvs"
)

// claims say which loop answers for each service, so that a policy is loaded
// without asking all the others. The goroutine of [Engine.Run] alone touches
// them.
type claims map[ipvs.ServiceKey]claim

// claim is that of one loop on a service.
type claim struct {
	by     *member
	leaves bool // by does not declare it any more, and may have seen it leave already
}

// conflict looks for a service of configs, which are to be put in force together,
// that two of them declare or a policy that they do not replace.
func (cs claims) conflict(configs []Config) error {
	replaced := map[string]bool{}
	for _, c := range configs {
		replaced[c.Name] = true
	}
	errs := []error{Conflicts(configs...)}
	for _, c := range configs {
		for _, s := range c.Services {
			key := s.Spec.ServiceKey
			if held, taken := cs[key]; taken && !held.leaves && !replaced[held.by.name] {
				errs = append(errs, Conflict(c.Name, key, held.by.name))
			}
		}
	}
	return errors.Join(errs...)
}

// elsewhere returns the services of configs for which the loops of other policies
// answer.
func (cs claims) elsewhere(configs []Config) map[*member][]ipvs.ServiceKey {
	found := map[*member][]ipvs.ServiceKey{}
	for _, c := range configs {
		for _, s := range c.Services {
			key := s.Spec.ServiceKey
			if held, taken := cs[key]; taken && held.by.name != c.Name {
				found[held.by] = append(found[held.by], key)
			}
		}
	}
	return found
}

// leaving returns the services that are not declared any more and may not have
// left yet.
func (cs claims) leaving() map[*member][]ipvs.ServiceKey {
	found := map[*member][]ipvs.ServiceKey{}
	for key, held := range cs {
		if held.leaves {
			found[held.by] = append(found[held.by], key)
		}
	}
	return found
}

// declare notes that a loop declares services, and none besides.
func (cs claims) declare(m *member, services []Service) {
	for _, key := range m.declares {
		if held := cs[key]; held.by == m {
			cs[key] = claim{by: m, leaves: true}
		}
	}
	m.declares = make([]ipvs.ServiceKey, 0, len(services))
	for _, s := range services {
		cs[s.Spec.ServiceKey] = claim{by: m}
		m.declares = append(m.declares, s.Spec.ServiceKey)
	}
}

// drop forgets the claims on services.
func (cs claims) drop(keys []ipvs.ServiceKey) {
	for _, key := range keys {
		delete(cs, key)
	}
}
