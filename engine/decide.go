package engine

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"time"
)

// decide has a service decided anew if something changed and its first round
// of checks is in, unless a decision is on its way; then that one is followed
// by another.
func (l *loop) decide(s *service) {
	if s.leaving {
		return
	}
	if s.adopted && !s.settled {
		l.welcome(s)
	}
	ready := s.settled || s.adopted && s.answered()
	if !ready || !s.dirty || s.asking {
		return
	}
	s.dirty = false
	if s.decl.Decider == nil {
		l.decided(s, Decision{Members: s.up()}, nil)
		return
	}
	s.asking = true
	v := s.basis(l.name)
	decider, turn, term := s.decl.Decider, l.turn, l.term
	l.tasks.Go(func() {
		answer, err := decision(term, decider, v)
		l.send(func() {
			if turn != l.turn {
				return
			}
			s.asking = false
			if left := s.leftSince(v); len(left) > 0 {
				answer.Members = without(answer.Members, func(a netip.AddrPort) bool { return left[a] })
			}
			l.decided(s, answer, err)
			l.touched[s] = true
		})
	})
}

// welcome has those serve who may before the first decision: whom the kernel held
// when it was first read, and who proves to be up. Nobody leaves but who is marked.
func (l *loop) welcome(s *service) {
	l.serve(s, joined(s.members, s.newcomers()))
}

// basis is the view that a decision is made of. To the first one only those are
// members whom the kernel held: who has joined since did so without a decision.
func (s *service) basis(policy string) *ServiceView {
	v := s.show(policy)
	if s.settled {
		return v
	}
	first := *v
	first.Members = without(v.Members, func(a netip.AddrPort) bool { return !has(s.found, a) })
	return &first
}

// leftSince returns which servers of a view do not belong to the service any
// more.
func (s *service) leftSince(v *ServiceView) map[netip.AddrPort]bool {
	stay, left := roster{servers: s.servers}, map[netip.AddrPort]bool{}
	for i, sv := range v.Servers {
		if addr := sv.Destination.Addr; stay.find(i, addr) == nil {
			left[addr] = true
		}
	}
	return left
}

// decideAgain has those services decided anew whose last decision failed: what
// was wrong may have passed, although nothing that it is made of has changed.
func (l *loop) decideAgain() {
	for _, s := range l.services {
		if s.decision != "" {
			l.touch(s)
		}
	}
}

// decision asks a decider, and looks whether its answer can be used.
func decision(ctx context.Context, d Decider, v *ServiceView) (answer Decision, err error) {
	ctx, cancel := context.WithTimeoutCause(ctx, decideWithin, fmt.Errorf("no decision within %v", decideWithin))
	defer cancel()
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("the decision broke: %v", p)
		}
	}()
	answer, err = d.Decide(ctx, v)
	if err != nil {
		return Decision{}, err
	}
	members := sortMembers(slices.Clone(answer.Members))
	for i := 1; i < len(members); i++ {
		if members[i].Addr == members[i-1].Addr {
			return Decision{}, fmt.Errorf("server %v is named twice", members[i].Addr)
		}
	}
	return Decision{Members: members, Quorum: answer.Quorum}, nil
}

// decided puts a decision in force. If there is none, those who serve go on
// without the servers that are down.
func (l *loop) decided(s *service, answer Decision, err error) {
	problem, members, quorum := "", answer.Members, answer.Quorum
	if err != nil {
		if errors.Is(err, context.Canceled) && l.term.Err() != nil {
			return
		}
		problem, quorum = err.Error(), s.quorum
		if !s.settled {
			l.welcome(s)
		}
		members = without(s.members, func(a netip.AddrPort) bool {
			srv := s.server(a)
			return srv != nil && srv.health == StateDown
		})
	}
	if problem != "" && problem != s.decision {
		l.log.Error("no decision, the last one stays in force for the servers that are up",
			"service", s.decl.Name, "err", problem)
	}
	s.decision = problem
	l.serve(s, members)
	if err == nil && !s.dirty {
		l.letGo(s, time.Now())
	}
	s.settled, s.found, s.parting = true, nil, nil
	l.turnQuorum(s, quorum)
	s.changed()
}
