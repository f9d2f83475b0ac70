package engine

import (
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"syscall"
	"time"

	"luavs/ipvs"
)

// paths owns the private services of all policies. The loops tell it what they
// want and ask it for marks; [Engine.Run] has it look at the kernel now and
// then.
//
// Whatever of the right shape has a mark of the range counts as its own. What
// an earlier process left is used where it fits, and goes at the first resync:
// all policies have told by then what they want.
type paths struct {
	kernel Kernel
	log    *slog.Logger
	marks  Marks         // set before the first use
	again  time.Duration // until the kernel is looked at again, also by the loops; set before the first use

	mu     sync.Mutex // guards what follows
	wishes map[string]wishes
	used   map[path]ipvs.ServiceKey       // the service of each path that is wanted
	have   map[ipvs.ServiceKey]ipvs.Entry // what the kernel holds of ours
	alien  map[uint32]bool                // marks of the range that others use
	last   uint32                         // the mark that was given last
	known  bool                           // the kernel has been read
	tidy   bool                           // what nobody wants goes
	errs   map[ipvs.ServiceKey]error      // what the kernel refused
	err    error                          // why nothing is known
	fight  fight                          // with others who change them
	count  PathFigures
}

// PathFigures count what was asked of the kernel for private services since the
// start; see [Check.ViaService].
type PathFigures struct {
	Changes  uint64 `json:"kernel_changes"`  // the kernel took
	Refusals uint64 `json:"kernel_refusals"` // the kernel did not take
}

func newPaths(kernel Kernel, log *slog.Logger, marks Marks) *paths {
	return &paths{
		kernel: kernel, log: log, marks: marks, again: ResyncEvery,
		wishes: map[string]wishes{}, used: map[path]ipvs.ServiceKey{}, have: map[ipvs.ServiceKey]ipvs.Entry{},
		alien: map[uint32]bool{}, errs: map[ipvs.ServiceKey]error{},
	}
}

// declare makes the paths that a policy's checks want, in place of those it
// wanted before.
func (p *paths) declare(policy string, w wishes) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.wishes[policy] = w; len(w.paths)+len(w.marks) == 0 {
		delete(p.wishes, policy)
	}
	p.sync()
}

// resync reads what the kernel holds, and mends it.
func (p *paths) resync() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.tidy = true
	if !p.known || len(p.used)+len(p.have) > 0 {
		left := p.held()
		p.compare(left, p.read(), time.Now())
	}
	p.sync()
}

// figures returns how much was asked of the kernel.
func (p *paths) figures() PathFigures {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.count
}

// mark returns the mark whose packets take a path; an error if the kernel does
// not hold it.
func (p *paths) mark(to path) (uint32, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	key, ok := p.used[to]
	held := len(p.have[key].Destinations) == 1
	switch {
	case p.err != nil:
		return 0, fmt.Errorf("the kernel's table cannot be read: %w", p.err)
	case !ok:
		return 0, fmt.Errorf("no firewall mark of %v is left: choose a larger range with --path-marks", p.marks)
	case !held && p.errs[key] != nil:
		return 0, p.errs[key]
	case !held:
		return 0, fmt.Errorf("the kernel does not hold %v; it is made again within %v", key, p.again)
	}
	return key.FWMark, nil
}

// sync brings the kernel in line with the wishes.
func (p *paths) sync() {
	wanted, declared := p.wanted()
	if len(wanted)+len(p.used)+len(p.have) == 0 {
		return
	}
	if !p.known {
		if p.read(); !p.known {
			return
		}
	}
	p.assign(wanted, declared)
	steps := p.plan()
	if len(steps) == 0 {
		return
	}
	var o outcome
	o.ask(p.kernel, steps)
	p.report(o)
	p.read()
}

// read reads what the kernel holds, and returns it: first all of it, for what an
// earlier process left, then what is known to be ours.
func (p *paths) read() ipvs.Table {
	keys := slices.AppendSeq(slices.Collect(maps.Keys(p.have)), maps.Values(p.used))
	if !p.known {
		keys = nil
	}
	table, err := p.kernel.Table(keys...)
	if p.err = err; err == nil { // which the checks say that miss it
		p.take(table)
	}
	return table
}

// take keeps what a reading says of the range.
func (p *paths) take(table ipvs.Table) {
	p.known = true
	clear(p.have)
	for _, e := range table {
		switch {
		case !p.marks.contains(e.FWMark):
		case isPath(e):
			p.have[e.ServiceKey] = e
		default:
			p.alien[e.FWMark] = true
		}
	}
}

// report logs what was done and, once, what was refused, and keeps the refusals.
// A mark that somebody else uses is not tried again.
func (p *paths) report(o outcome) {
	before := p.errs
	p.errs = map[ipvs.ServiceKey]error{}
	changes, refusals := o.log(p.log, p.again, func(step Step, err error) bool {
		key := step.Service.ServiceKey
		if step.Op == ipvs.AddService && errors.Is(err, syscall.EEXIST) {
			p.alien[key.FWMark] = true
		}
		p.errs[key] = err
		return before[key] == nil
	})
	p.count.Changes += changes
	p.count.Refusals += refusals
}

// held returns what the kernel held of the paths that are wanted, in the order of
// their marks.
func (p *paths) held() (all ipvs.Table) {
	for _, key := range p.used {
		if e, ok := p.have[key]; ok {
			all = append(all, e)
		}
	}
	slices.SortFunc(all, func(a, b ipvs.Entry) int { return a.ServiceKey.Compare(b.ServiceKey) })
	return all
}

// compare looks whether somebody else changed the services of paths, and says so
// of the first. That they are mended is the business of whoever acts on the reading.
func (p *paths) compare(left, found ipvs.Table, now time.Time) {
	if p.err != nil {
		return
	}
	held := byKey(found)
	var first []Difference
	of, more := "", -1
	for i := range left {
		key := left[i].ServiceKey
		if drift := differences(&left[i], held[key]); len(drift) > 0 {
			if more++; more == 0 {
				of, first = key.String(), drift
			}
		}
	}
	if more > 0 {
		of = fmt.Sprintf("%s and %d more", of, more)
	}
	p.fight = p.fight.log(p.log, of+", path of checks", first, now)
}
