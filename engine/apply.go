package engine

import (
	"errors"
	"log/slog"
	"maps"
	"net/netip"
	"slices"
	"syscall"
	"time"

	"luavs/ipvs"
)

// maxLogged is how many steps of one batch are logged one by one, and how many
// refusals.
const maxLogged = 40

// An outcome is what the kernel made of the steps it was asked for.
type outcome struct {
	steps []Step
	errs  []error                  // one for each step; nil: it was taken
	waits map[ipvs.ServiceKey]bool // of which it was not asked for all, because it refused some
}

// ask asks the kernel for steps, and adds what came of them.
func (o *outcome) ask(k Kernel, steps []Step) {
	if len(steps) == 0 {
		return
	}
	errs := k.Apply(stepChanges(steps))
	if errs == nil {
		errs = make([]error, len(steps))
	}
	o.steps, o.errs = append(o.steps, steps...), append(o.errs, errs...)
}

// carryOut takes the steps of a plan, first those that give services somebody, then
// those that take somebody away. Where the kernel refuses the ones, the others wait:
// of a service of which it refused a new server or a higher weight, those who serve
// go on as they are until it has taken that. But who is down or has a mark leaves
// all the same, and who gets a lower weight above 0 serves on anyway.
func (l *loop) carryOut(steps []Step) (o outcome) {
	giving := slices.IndexFunc(steps, Step.takes)
	if giving < 0 {
		giving = len(steps)
	}
	o.ask(l.kernel, steps[:giving])
	short := o.short()
	o.waits = map[ipvs.ServiceKey]bool{}
	o.ask(l.kernel, slices.DeleteFunc(steps[giving:], func(s Step) bool {
		if key := s.Service.ServiceKey; short[key] && l.needs(s) {
			o.waits[key] = true
			return true
		}
		return false
	}))
	return o
}

// log logs what was taken and what was refused, and returns how many steps that
// were. Of each service it hands on the first refusal, from which the others mostly
// follow, and logs it if it is news.
func (o outcome) log(log *slog.Logger, again time.Duration, news func(Step, error) bool) (taken, refused uint64) {
	seen := map[ipvs.ServiceKey]bool{}
	warned := 0
	for i, step := range o.steps {
		err, key := o.errs[i], step.Service.ServiceKey
		if err == nil {
			if taken++; taken <= maxLogged {
				log.Info("kernel", "change", step)
			}
			continue
		}
		refused++
		first := !seen[key]
		seen[key] = true
		if !first || !news(step, err) {
			continue
		}
		if warned++; warned <= maxLogged {
			log.Warn("the kernel refused a change; it is tried again", "every", again, "change", step, "err", err)
		}
	}
	if taken > maxLogged {
		log.Info("kernel", "changes", taken, "not shown", taken-maxLogged)
	}
	if warned > maxLogged {
		log.Warn("the kernel refused changes of many services", "services", warned, "not shown", warned-maxLogged)
	}
	return taken, refused
}

// short returns the services that were to get somebody and did not.
func (o outcome) short() map[ipvs.ServiceKey]bool {
	short := map[ipvs.ServiceKey]bool{}
	for i, step := range o.steps {
		if o.errs[i] != nil && step.brings() {
			short[step.Service.ServiceKey] = true
		}
	}
	return short
}

// needs tells whether a step ends the service of somebody who may be well.
func (l *loop) needs(step Step) bool {
	s, addr := l.service(step.Service.ServiceKey), step.Destination.Addr
	if step.Op == ipvs.SetDestination && step.Destination.Weight > 0 || !serves(s.have, addr) {
		return false
	}
	srv := s.server(addr)
	return srv == nil || srv.health != StateDown && srv.marked == nil
}

// partly returns, for each service of which the kernel refused a step, those that
// it took.
func (o outcome) partly() map[ipvs.ServiceKey][]Step {
	taken := map[ipvs.ServiceKey][]Step{}
	for i, step := range o.steps {
		if o.errs[i] != nil {
			taken[step.Service.ServiceKey] = nil
		}
	}
	for i, step := range o.steps {
		key := step.Service.ServiceKey
		if before, ok := taken[key]; ok && o.errs[i] == nil {
			taken[key] = append(before, step)
		}
	}
	return taken
}

// after returns what the kernel holds of a service once it has taken some steps.
func after(have *ipvs.Entry, steps []Step) *ipvs.Entry {
	if len(steps) == 0 {
		return have
	}
	var spec ipvs.Service
	members := map[netip.AddrPort]ipvs.Destination{}
	if have != nil {
		spec = have.Service
		for _, d := range have.Destinations {
			members[d.Addr] = d.Destination
		}
	}
	for _, step := range steps {
		switch step.Op {
		case ipvs.AddService, ipvs.SetService:
			spec = step.Service
		case ipvs.DelService:
			return nil
		case ipvs.AddDestination, ipvs.SetDestination:
			members[step.Destination.Addr] = step.Destination
		case ipvs.DelDestination:
			delete(members, step.Destination.Addr)
		}
	}
	return entryOfAll(spec, sortMembers(slices.Collect(maps.Values(members))), have)
}

// leavesDoubt tells whether a refusal leaves it open what the kernel holds now: no
// answer came, or it made another tunnel of the one that was asked for.
func leavesDoubt(err error) bool {
	return errors.Is(err, ipvs.ErrNoAnswer) || errors.Is(err, syscall.EOPNOTSUPP)
}
