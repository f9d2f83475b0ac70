package engine

import (
	"cmp"
	"fmt"
	"net/netip"

	"luavs/ipvs"
)

// maxMembers is how many servers may join a service by code, and how many one
// source may list.
const maxMembers = 10000

// OriginAdded is the origin of servers that the policy's code has added. That
// of servers that a source lists is the ID of its [Discovery]; that of declared
// ones is empty.
const OriginAdded = "added"

// Member is a server that belongs to a service though the policy's text does
// not declare it. What it does not say is the virtual server's; see
// [Service.Join].
type Member struct {
	Addr   netip.AddrPort `json:"addr"`
	Name   string         `json:"name,omitempty"` // for people; the address if empty
	Weight int            `json:"weight"`         // 0 to 2147483647

	// AtOnce has it serve before its checks have answered. Otherwise it begins
	// unknown, and joins when they are up.
	AtOnce bool `json:"at_once,omitempty"`
}

// Added is a Member with why it belongs to its service: what is kept so that a
// restart forgets none.
type Added struct {
	Origin string `json:"origin"` // OriginAdded, or the ID of the Discovery that listed it last
	Member
}

// enrolment is a server that belongs to a service, and why.
type enrolment struct {
	decl   *Server
	origin string // empty: it is declared
	atOnce bool
}

// enrolled returns the servers that belong to a service: those its text
// declares, those that code has added, and those its sources list. Of an
// address that comes again the first holds. Refused has those that do not fit
// the service any more.
func (s *service) enrolled() (all []enrolment, refused []error) {
	all = make([]enrolment, len(s.decl.Servers))
	for i := range s.decl.Servers {
		all[i].decl = &s.decl.Servers[i]
	}
	if len(s.added)+len(s.sources) == 0 {
		return all, nil
	}
	there := map[netip.AddrPort]bool{}
	for _, e := range all {
		there[e.decl.Destination.Addr] = true
	}
	join := func(origin string, members []Member) {
		for _, m := range members {
			if there[m.Addr] {
				continue
			}
			decl, err := s.decl.joining(m)
			if err != nil {
				refused = append(refused, err)
				continue
			}
			there[m.Addr] = true
			all = append(all, enrolment{decl: &decl, origin: origin, atOnce: m.AtOnce})
		}
	}
	join(OriginAdded, s.added)
	for _, d := range s.sources {
		join(d.decl.ID, d.listed)
	}
	return all, refused
}

// joining returns the declaration of a member; an error if it does not fit the
// service.
func (decl *Service) joining(m Member) (Server, error) {
	if decl.Join != nil {
		return decl.Join(m)
	}
	server := Server{Name: cmp.Or(m.Name, m.Addr.String()), Destination: ipvs.Destination{Addr: m.Addr, Weight: m.Weight}, Drain: decl.Drain}
	if err := server.Destination.Validate(decl.Spec); err != nil {
		return server, fmt.Errorf("server %v: %w", m.Addr, err)
	}
	return server, nil
}

// declares tells whether the text of a service declares an address.
func (decl *Service) declares(addr netip.AddrPort) bool {
	for _, d := range decl.Servers {
		if d.Destination.Addr == addr {
			return true
		}
	}
	return false
}
