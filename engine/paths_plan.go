package engine

import (
	"cmp"
	"maps"
	"slices"

	"luavs/ipvs"
)

// wishes are what the services of a policy want of the paths.
type wishes struct {
	paths []path
	marks []uint32 // of its own services: not for paths
}

func wishesOf(services []Service) (w wishes) {
	for i := range services {
		s := &services[i]
		w.ofService(&s.Spec)
		for j := range s.Servers {
			w.ofServer(&s.Spec, &s.Servers[j])
		}
	}
	return w
}

func (w *wishes) ofService(spec *ipvs.Service) {
	if spec.FWMark != 0 {
		w.marks = append(w.marks, spec.FWMark)
	}
}

func (w *wishes) ofServer(spec *ipvs.Service, srv *Server) {
	for i := range srv.Checks {
		if srv.Checks[i].ViaService {
			w.paths = append(w.paths, pathTo(spec.ServiceKey, srv.Destination))
			return
		}
	}
}

// wanted returns the paths that any policy wants, in order, and the marks that
// policies declare.
func (p *paths) wanted() ([]path, map[uint32]bool) {
	all, declared := map[path]bool{}, map[uint32]bool{}
	for _, w := range p.wishes {
		for _, to := range w.paths {
			all[to] = true
		}
		for _, mark := range w.marks {
			declared[mark] = true
		}
	}
	return slices.SortedFunc(maps.Keys(all), comparePaths), declared
}

func comparePaths(a, b path) int {
	d, e := a.dest, b.dest
	return cmp.Or(cmp.Compare(a.family, b.family), d.Addr.Compare(e.Addr), cmp.Compare(d.Forward, e.Forward),
		cmp.Compare(d.Encapsulation.Type, e.Encapsulation.Type), cmp.Compare(d.Encapsulation.Port, e.Encapsulation.Port),
		cmp.Compare(d.Encapsulation.Flags, e.Encapsulation.Flags))
}

// assign gives each wanted path a service: the one it has, else one that the
// kernel holds for it, else one with a free mark. A mark that a policy declares
// is the policy's, and so is what the kernel holds under it.
func (p *paths) assign(wanted []path, declared map[uint32]bool) {
	maps.DeleteFunc(p.have, func(key ipvs.ServiceKey, _ ipvs.Entry) bool { return declared[key.FWMark] })
	held := map[path]ipvs.ServiceKey{}
	taken := func(mark uint32) bool { return declared[mark] || p.alien[mark] }
	for key, e := range p.have {
		if len(e.Destinations) == 1 {
			held[pathTo(key, e.Destinations[0].Destination)] = key
		}
	}
	before := p.used
	p.used = make(map[path]ipvs.ServiceKey, len(wanted))
	for _, to := range wanted {
		if key, ok := before[to]; ok && !taken(key.FWMark) {
			p.used[to] = key
		} else if key, ok := held[to]; ok {
			p.used[to] = key
		}
	}
	p.number(wanted, taken)
}

// number gives a mark to each wanted path that has none. The marks go round,
// so that none comes back soon.
func (p *paths) number(wanted []path, taken func(uint32) bool) {
	busy := map[uint32]bool{}
	for key := range p.have {
		busy[key.FWMark] = true
	}
	for _, key := range p.used {
		busy[key.FWMark] = true
	}
	left := int64(p.marks.Last) - int64(p.marks.First) + 1
	for _, to := range wanted {
		if _, ok := p.used[to]; ok {
			continue
		}
		for ; left > 0; left-- {
			mark := p.next()
			if !busy[mark] && !taken(mark) {
				p.used[to] = ipvs.MarkKey(mark, to.family)
				left--
				break
			}
		}
	}
}

// next returns the mark after the one it returned last.
func (p *paths) next() uint32 {
	if p.last < p.marks.First || p.last >= p.marks.Last {
		p.last = p.marks.First
	} else {
		p.last++
	}
	return p.last
}

// plan returns the steps from what the kernel holds to what is wanted. What an
// earlier process left stays until all policies have told what they want.
func (p *paths) plan() []Step {
	var have, want ipvs.Table
	kept := map[ipvs.ServiceKey]bool{}
	for to, key := range p.used {
		want = append(want, to.entry(key.FWMark))
		kept[key] = true
	}
	for key, e := range p.have {
		if kept[key] || p.tidy {
			have = append(have, e)
		}
	}
	steps := Plan(have, want)
	for i := range steps {
		steps[i].Path = true
	}
	return steps
}

// PreviewPaths returns the steps that the checks of configs need before they
// can ask by paths, on a kernel that holds have, with marks of a range.
func PreviewPaths(have ipvs.Table, marks Marks, configs ...Config) []Step {
	p := newPaths(nil, nil, marks)
	p.take(have)
	for _, c := range configs {
		p.wishes[c.Name] = wishesOf(c.Services)
	}
	p.assign(p.wanted())
	return p.plan()
}
