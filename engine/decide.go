package engine

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"slices"

	"luavs/ipvs"
)

// decide has a service decided anew if something changed and its first round
// of checks is in, unless a decision is on its way; then that one is followed
// by another.
func (l *loop) decide(s *service) {
	ready := s.settled || s.adopted && s.answered()
	if !ready || !s.dirty || s.asking {
		return
	}
	s.dirty = false
	v := s.view.Load()
	if s.decl.Decider == nil {
		l.decided(s, upServers(v), nil)
		return
	}
	s.asking = true
	decider, turn, term := s.decl.Decider, l.turn, l.term
	l.tasks.Go(func() {
		members, err := decision(term, decider, v)
		l.send(func() {
			if turn != l.turn {
				return
			}
			s.asking = false
			l.decided(s, members, err)
			l.touched[s] = true
		})
	})
}

// decision asks a decider, and looks whether its answer can be used.
func decision(ctx context.Context, d Decider, v *ServiceView) (members []ipvs.Destination, err error) {
	ctx, cancel := context.WithTimeoutCause(ctx, decideWithin, fmt.Errorf("no decision within %v", decideWithin))
	defer cancel()
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("the decision broke: %v", p)
		}
	}()
	members, err = d.Decide(ctx, v)
	if err != nil {
		return nil, err
	}
	members = sortMembers(slices.Clone(members))
	for i := 1; i < len(members); i++ {
		if members[i].Addr == members[i-1].Addr {
			return nil, fmt.Errorf("server %v is named twice", members[i].Addr)
		}
	}
	return members, nil
}

// decided puts a decision in force. If there is none, the last one stays, or
// what the kernel holds and who is up if there never was one, without the
// servers that are down.
func (l *loop) decided(s *service, members []ipvs.Destination, err error) {
	problem := ""
	if err != nil {
		if errors.Is(err, context.Canceled) && l.term.Err() != nil {
			return
		}
		problem = err.Error()
		if !s.settled {
			s.members = joined(s.have, upServers(s.view.Load()))
		}
		members = without(s.members, func(a netip.AddrPort) bool {
			srv := s.server(a)
			return srv != nil && srv.state == StateDown
		})
	}
	if problem != "" && problem != s.decision {
		l.log.Error("no decision, the last one stays in force for the servers that are up",
			"service", s.decl.Name, "err", problem)
	}
	s.decision = problem
	s.members, s.settled = members, true
	s.publish(l.name)
}
