package engine

import (
	"context"
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
				found = append(found, conflict(c.Name, key, first))
				continue
			}
			owner[key] = c.Name
		}
	}
	return errors.Join(found...)
}

func conflict(policy string, key ipvs.ServiceKey, owner string) error {
	return fmt.Errorf("%s: virtual server %v belongs to policy %s; %w", policy, key, owner, ErrConflict)
}

// conflict looks for a service of c that another policy holds.
func (f fleet) conflict(ctx context.Context, c Config) error {
	var errs []error
	for name, m := range f {
		if name == c.Name {
			continue
		}
		theirs := m.declared(ctx)
		for _, s := range c.Services {
			if theirs[s.Spec.ServiceKey] {
				errs = append(errs, conflict(c.Name, s.Spec.ServiceKey, name))
			}
		}
	}
	return errors.Join(errs...)
}

// handOver has the services of c given up by policies that do not declare them
// any more, but have not seen them leave yet.
func (f fleet) handOver(ctx context.Context, c Config) {
	for name, m := range f {
		if name == c.Name {
			continue
		}
		m.do(ctx, func() error {
			for _, s := range c.Services {
				m.handOn(s.Spec.ServiceKey)
			}
			return nil
		})
	}
}

// declared returns the services that the policy of the loop declares.
func (l *loop) declared(ctx context.Context) map[ipvs.ServiceKey]bool {
	keys := map[ipvs.ServiceKey]bool{}
	l.do(ctx, func() error {
		for _, key := range l.order {
			keys[key] = true
		}
		return nil
	})
	return keys
}
