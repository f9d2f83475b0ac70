package engine

import (
	"cmp"
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"luavs/ipvs"
)

// A Step is one change of a plan, with what it replaces.
type Step struct {
	ipvs.Change
	Was ipvs.Change // of a set: the values before; else the zero Change

	// Path says that the service is a private one, which leads checks to one
	// server; see [Check.ViaService].
	Path bool
}

// String returns the step as a line: "+", "~" or "-", the service, and what of
// it changes.
func (s Step) String() string {
	if s.Path {
		return s.text() + ", path of checks"
	}
	return s.text()
}

func (s Step) text() string {
	key := s.Service.ServiceKey
	switch s.Op {
	case ipvs.AddService:
		return fmt.Sprintf("+ %v %s", key, describe(s.Service))
	case ipvs.SetService:
		return fmt.Sprintf("~ %v %s (was %s)", key, describe(s.Service), describe(s.Was.Service))
	case ipvs.DelService:
		return fmt.Sprintf("- %v", key)
	case ipvs.AddDestination:
		return fmt.Sprintf("+ %v -> %v %s", key, s.Destination.Addr, describeDestination(s.Destination))
	case ipvs.SetDestination:
		return fmt.Sprintf("~ %v -> %v %s (was %s)", key, s.Destination.Addr,
			describeDestination(s.Destination), describeDestination(s.Was.Destination))
	}
	return fmt.Sprintf("- %v -> %v", key, s.Destination.Addr)
}

// brings tells whether a step gives a service somebody who serves it, or more of
// somebody.
func (s Step) brings() bool {
	switch s.Op {
	case ipvs.AddService:
		return true
	case ipvs.AddDestination, ipvs.SetDestination:
		return s.Destination.Weight > s.Was.Destination.Weight
	}
	return false
}

// takes tells whether a step takes somebody away, or something of somebody.
func (s Step) takes() bool {
	switch s.Op {
	case ipvs.DelService, ipvs.DelDestination:
		return true
	case ipvs.SetDestination:
		return s.Destination.Weight < s.Was.Destination.Weight
	}
	return false
}

// Plan lists the steps that turn have into want: services and destinations
// that are missing first, then changed values, raised weights before lowered
// ones, then removals; so no service is without a destination on the way unless
// it was before or is to be. A service that only have holds is deleted: pass in
// only what is yours. Within each group the order is that of the keys.
func Plan(have, want ipvs.Table) []Step {
	var p planner
	held := byKey(have)
	wanted := make(map[ipvs.ServiceKey]bool, len(want))
	for i := range want {
		wanted[want[i].ServiceKey] = true
		p.service(held[want[i].ServiceKey], &want[i])
	}
	for i := range have {
		if !wanted[have[i].ServiceKey] {
			p.del = append(p.del, Step{Change: ipvs.Change{Op: ipvs.DelService, Service: have[i].Service}})
		}
	}
	return p.steps()
}

// byKey finds the entries of a table.
func byKey(t ipvs.Table) map[ipvs.ServiceKey]*ipvs.Entry {
	found := make(map[ipvs.ServiceKey]*ipvs.Entry, len(t))
	for i := range t {
		found[t[i].ServiceKey] = &t[i]
	}
	return found
}

// planner collects steps by the group they belong to.
type planner struct{ add, set, raise, lower, del []Step }

func (p *planner) steps() []Step {
	for _, group := range [][]Step{p.add, p.set, p.raise, p.lower, p.del} {
		slices.SortStableFunc(group, compareSteps)
	}
	return slices.Concat(p.add, p.set, p.raise, p.lower, p.del)
}

// service plans one service; have is nil if the kernel does not hold it.
func (p *planner) service(have, want *ipvs.Entry) {
	var held []ipvs.DestinationEntry
	switch {
	case have == nil:
		p.add = append(p.add, Step{Change: ipvs.Change{Op: ipvs.AddService, Service: want.Service}})
	case have.Service != want.Service:
		p.set = append(p.set, Step{
			Change: ipvs.Change{Op: ipvs.SetService, Service: want.Service},
			Was:    ipvs.Change{Service: have.Service},
		})
	}
	if have != nil {
		held = have.Destinations
	}
	p.destinations(want.Service, held, want.Destinations)
}

func (p *planner) destinations(s ipvs.Service, have, want []ipvs.DestinationEntry) {
	held := make(map[netip.AddrPort]ipvs.Destination, len(have))
	for _, d := range have {
		held[d.Addr] = d.Destination
	}
	for _, d := range want {
		was, ok := held[d.Addr]
		delete(held, d.Addr)
		switch {
		case !ok:
			p.add = append(p.add, Step{Change: ipvs.Change{Op: ipvs.AddDestination, Service: s, Destination: d.Destination}})
		case was != d.Destination:
			p.change(s, was, d.Destination)
		}
	}
	for _, d := range held {
		p.del = append(p.del, Step{Change: ipvs.Change{Op: ipvs.DelDestination, Service: s, Destination: d}})
	}
}

func (p *planner) change(s ipvs.Service, was, is ipvs.Destination) {
	step := Step{
		Change: ipvs.Change{Op: ipvs.SetDestination, Service: s, Destination: is},
		Was:    ipvs.Change{Service: s, Destination: was},
	}
	if step.takes() {
		p.lower = append(p.lower, step)
	} else {
		p.raise = append(p.raise, step)
	}
}

// compareSteps orders by service, its own step before those of its
// destinations.
func compareSteps(a, b Step) int {
	if c := a.Service.ServiceKey.Compare(b.Service.ServiceKey); c != 0 {
		return c
	}
	if c := cmp.Compare(isDestination(a), isDestination(b)); c != 0 {
		return c
	}
	return a.Destination.Addr.Compare(b.Destination.Addr)
}

func isDestination(s Step) int {
	if s.Destination.Addr.IsValid() {
		return 1
	}
	return 0
}

// describe returns the settings of a service in words, leaving out what is at
// its default.
func describe(s ipvs.Service) string {
	words := []string{s.Scheduler}
	if s.SchedFlags != 0 {
		words = append(words, fmt.Sprintf("flags %#x", uint32(s.SchedFlags)))
	}
	if s.Persistence > 0 {
		words = append(words, fmt.Sprintf("persistence %v", s.Persistence))
	}
	if s.Netmask.IsValid() {
		words = append(words, fmt.Sprintf("netmask %v", s.Netmask))
	}
	if s.OnePacket {
		words = append(words, "one-packet")
	}
	if s.PE != "" {
		words = append(words, "pe "+s.PE)
	}
	return strings.Join(words, " ")
}

func describeDestination(d ipvs.Destination) string {
	words := []string{d.Forward.String(), fmt.Sprintf("weight %d", d.Weight)}
	if d.UpperThreshold > 0 {
		words = append(words, fmt.Sprintf("thresholds %d/%d", d.UpperThreshold, d.LowerThreshold))
	}
	if e := d.Encapsulation; e != (ipvs.Encapsulation{}) {
		words = append(words, fmt.Sprintf("tunnel type %d port %d flags %d", e.Type, e.Port, e.Flags))
	}
	return strings.Join(words, " ")
}
