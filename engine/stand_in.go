package engine

import (
	"net/netip"
	"slices"
)

// belonging returns who belonged to a service so far: its servers, and those of
// before a restart that no text declared. Those that code has added belong to it
// still.
func belonging(servers []*server, restored []Added) roll {
	all := make(roll, 0, len(servers)+len(restored))
	for _, srv := range servers {
		all = append(all, Member{Addr: srv.addr(), Name: srv.decl.Name, Weight: srv.decl.Destination.Weight})
	}
	for _, a := range restored {
		if a.Origin != OriginAdded {
			all = append(all, a.Member)
		}
	}
	return all
}

// standIn has those who belonged to a service stay until it is known whom its
// sources list: each source of which nothing is known counts as listing whoever
// would not belong to it otherwise. They are checked and kept like others who are
// listed, and leave like them with the answer of the last such source; those who
// are in it go on as they are. It tells whether there are any.
func (s *service) standIn(servers roll) bool {
	var open []*discovery
	for _, d := range s.sources {
		if !d.known {
			d.listed = nil
			open = append(open, d)
		}
	}
	if len(open) == 0 || len(servers) == 0 {
		return false
	}
	there := map[netip.AddrPort]bool{}
	all, _ := s.enrolled()
	for _, e := range all {
		there[e.decl.Destination.Addr] = true
	}
	var listed roll
	for _, m := range servers {
		if !there[m.Addr] {
			there[m.Addr] = true
			listed = append(listed, m)
		}
	}
	slices.SortFunc(listed, func(a, b Member) int { return a.Addr.Compare(b.Addr) })
	for _, d := range open {
		d.listed = listed
	}
	return len(listed) > 0
}

// keepServing is for sources that cannot be asked at the start and of which no list
// is known: whom the kernel has serving and nobody declares, they may have listed.
func (l *loop) keepServing(s *service) {
	failed := func(d *discovery) bool { return d.answered && !d.known && d.listed == nil }
	if s.adopted && !s.settled && slices.ContainsFunc(s.sources, failed) && s.standIn(s.inKernel()) {
		l.enrol(s)
	}
}

// inKernel returns whom the kernel has serving.
func (s *service) inKernel() (all roll) {
	if s.have == nil {
		return nil
	}
	for _, d := range serving(destinations(s.have)) {
		all = append(all, Member{Addr: d.Addr, Weight: d.Weight})
	}
	return all
}
