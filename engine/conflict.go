package engine

import (
	"errors"
	"fmt"

	"luavs/ipvs"
)

// ErrConflict is part of the error about a service that another policy holds.
var ErrConflict = errors.New("declare it in one of them only")

// Conflicts returns an error for each service that two of the configs declare.
func Conflicts(configs ...Config) error {
	owner := map[ipvs.ServiceKey]string{}
	var found []error
	for _, c := range configs {
		for _, s := range c.Services {
			key := s.Spec.ServiceKey
			if first, taken := owner[key]; taken && first != c.Name {
				found = append(found, Conflict(c.Name, key, first))
				continue
			}
			owner[key] = c.Name
		}
	}
	return errors.Join(found...)
}

// Conflict returns the error of a policy that declares a service which belongs
// to another one. It is one of [ErrConflict].
func Conflict(policy string, key ipvs.ServiceKey, owner string) error {
	return fmt.Errorf("%s: virtual server %v belongs to policy %s; %w", policy, key, owner, ErrConflict)
}
