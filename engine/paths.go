package engine

import (
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"syscall"

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
	marks  Marks // set before the first use

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
}

func newPaths(kernel Kernel, log *slog.Logger, marks Marks) *paths {
	return &paths{
		kernel: kernel, log: log, marks: marks,
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
		p.read()
	}
	p.sync()
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
		return 0, fmt.Errorf("the kernel does not hold %v; it is made again within %v", key, resyncEvery)
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
	errs := p.kernel.Apply(stepChanges(steps))
	p.report(steps, errs)
	p.read()
}

// read reads what the kernel holds: first all of it, for what an earlier
// process left, then what is known to be ours.
func (p *paths) read() {
	keys := slices.AppendSeq(slices.Collect(maps.Keys(p.have)), maps.Values(p.used))
	if !p.known {
		keys = nil
	}
	table, err := p.kernel.Table(keys...)
	if p.err = err; err == nil { // which the checks say that miss it
		p.take(table)
	}
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
func (p *paths) report(steps []Step, errs []error) {
	before := p.errs
	p.errs = map[ipvs.ServiceKey]error{}
	for i, step := range steps {
		if errs == nil || errs[i] == nil {
			p.log.Info("kernel", "change", step)
			continue
		}
		key := step.Service.ServiceKey
		if step.Op == ipvs.AddService && errors.Is(errs[i], syscall.EEXIST) {
			p.alien[key.FWMark] = true
		}
		if p.errs[key] != nil {
			continue // what else of it is refused mostly follows from the first
		}
		p.errs[key] = errs[i]
		if before[key] == nil {
			p.log.Warn("the kernel refused a change; it is tried again", "every", resyncEvery, "change", step, "err", errs[i])
		}
	}
}
