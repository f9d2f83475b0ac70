package engine

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"luavs/checks"
	"luavs/ipvs"
)

// ErrStopped is the answer of an Engine that does not run.
var ErrStopped = errors.New("the engine does not run")

// Engine runs policies against one kernel.
type Engine struct {
	kernel   Kernel
	paths    *paths
	pulse    *pulse
	poller   *checks.Poller
	records  *records
	home     home
	flush    bool // at the end nothing of ours stays in the kernel
	log      *slog.Logger
	claims   claims
	requests chan func(fleet)
	done     chan struct{} // closed when Run returns
}

// fleet holds the loop of each policy by name. Only the goroutine of Run
// touches it.
type fleet map[string]*member

// member is a loop with what ends it.
type member struct {
	*loop
	end     context.CancelFunc
	ended   chan struct{}
	retired bool // its policy is unloaded; it ends when its services have left

	declares []ipvs.ServiceKey // what its policy declares; for claims
}

// New returns an engine that has no policies yet.
func New(kernel Kernel, log *slog.Logger) *Engine {
	return &Engine{
		kernel: kernel, paths: newPaths(kernel, log, PathMarks), pulse: newPulse(log), poller: checks.NewPoller(),
		records: newRecords(), home: checks.NewMachine(), log: log, claims: claims{},
		requests: make(chan func(fleet)), done: make(chan struct{}),
	}
}

// UsePathMarks has private services get their marks from a range other than
// [PathMarks]. It is for use before Run.
func (e *Engine) UsePathMarks(m Marks) { e.paths.marks = m }

// UseResync has the kernel's table read anew at another pause than 5 s: that is
// how long somebody else's change of a service of ours may stand, and when what
// was refused is tried again. It is for use before Run.
func (e *Engine) UseResync(every time.Duration) { e.paths.again = every }

// Run serves the policies until ctx ends, and returns when everything it
// started has ended too. It leaves the kernel's table in place, unless
// [Engine.FlushAtEnd] was called. It may be called once.
func (e *Engine) Run(ctx context.Context) error {
	defer close(e.done)
	polls, endPolls := context.WithCancel(context.Background())
	var probes sync.WaitGroup
	defer probes.Wait()
	defer endPolls()
	probes.Go(func() { e.poller.Run(polls) })
	probes.Go(func() { e.pulse.run(polls) })
	loops := fleet{}
	resync := time.NewTicker(e.paths.again)
	defer resync.Stop()
	for {
		select {
		case <-resync.C:
			e.paths.resync()
			e.tidy(ctx, loops) // whom it cannot ask now it asks the next time
		case <-ctx.Done():
			e.endAll(loops)
			return ctx.Err()
		case request := <-e.requests:
			request(loops)
		}
	}
}

// stop ends a loop and waits for it.
func (m *member) stop() {
	m.end()
	<-m.ended
}

// Load puts policies in force together: a new one starts, one of the same name is
// replaced and hands on what is known of its servers. What one of them declares no
// more another of them may declare: it stays in the kernel as it is, and what is
// known of it goes along. Load returns once the loops have acted on it; what the
// kernel refuses then is no error but shown by Status. If another policy holds one
// of the services, that is an error and nothing has changed. A context that ends
// meanwhile may leave some of the policies as they were, and in the kernel what
// they have given up: [Engine.Release] has it leave.
func (e *Engine) Load(ctx context.Context, configs ...Config) error {
	return e.do(ctx, func(loops fleet) error {
		if err := e.claims.conflict(configs); err != nil {
			return err
		}
		if err := e.makeRoom(ctx, configs); err != nil {
			return err
		}
		for _, c := range configs {
			if err := e.replace(ctx, loops, c); err != nil {
				return err
			}
		}
		return nil
	})
}

// makeRoom has loops give up what others are to declare: services that leave, and
// those that their own next config does not declare.
func (e *Engine) makeRoom(ctx context.Context, configs []Config) error {
	for m, keys := range e.claims.elsewhere(configs) {
		if err := m.do(ctx, func() error { m.cede(keys); return nil }); err != nil {
			return err
		}
		e.claims.drop(keys)
	}
	return nil
}

// replace puts a config in force, by the loop of its policy or a new one.
func (e *Engine) replace(ctx context.Context, loops fleet, c Config) error {
	m := loops[c.Name]
	if m == nil {
		m = e.start(c.Name)
		loops[c.Name] = m
	}
	m.retired = false
	if err := m.do(ctx, func() error { m.replace(c); return nil }); err != nil {
		return err
	}
	e.claims.declare(m, c.Services)
	return nil
}

// Unload ends a policy and removes its services from the kernel, or begins to:
// those that are to be drained are removed when they are. A policy that is not
// there is unloaded already.
func (e *Engine) Unload(ctx context.Context, name string) error {
	return e.do(ctx, func(loops fleet) error {
		m := loops[name]
		if m == nil {
			return nil
		}
		if err := e.replace(ctx, loops, Config{Name: name}); err != nil {
			return err
		}
		var stuck []ipvs.ServiceKey
		if err := m.do(ctx, func() error { stuck = m.stuck(); return nil }); err != nil {
			return err
		}
		if len(stuck) > 0 {
			return fmt.Errorf("policy %s: the kernel still holds %v; it is tried again", name, stuck)
		}
		m.retired = true
		return e.tidy(ctx, loops)
	})
}

// tidy forgets the claims on services that have left, and ends the loops of
// unloaded policies that have none any more. A loop that cannot be asked keeps
// what it has.
func (e *Engine) tidy(ctx context.Context, loops fleet) error {
	var failed []error
	leaving := e.claims.leaving()
	for name, m := range loops {
		if len(leaving[m]) > 0 {
			left, err := m.gone(ctx, leaving[m])
			failed = append(failed, err)
			if e.claims.drop(left); len(left) < len(leaving[m]) {
				continue
			}
		}
		if m.retired {
			m.stop()
			delete(loops, name)
		}
	}
	return errors.Join(failed...)
}

// start starts the loop of a new policy.
func (e *Engine) start(name string) *member {
	ctx, end := context.WithCancel(context.Background())
	m := &member{loop: newLoop(ctx, name, e.kernel, e.paths, e.pulse, e.records, e.log), end: end, ended: make(chan struct{})}
	m.polling.poller, m.home = e.poller, e.home
	go func() {
		defer close(m.ended)
		m.run()
	}()
	return m
}

// gone returns those of some services for which the loop does not answer any more.
func (l *loop) gone(ctx context.Context, keys []ipvs.ServiceKey) (gone []ipvs.ServiceKey, err error) {
	err = l.do(ctx, func() error {
		for _, key := range keys {
			if l.service(key) == nil {
				gone = append(gone, key)
			}
		}
		return nil
	})
	return gone, err
}

// do runs f in the goroutine of Run, unless ctx has ended already.
func (e *Engine) do(ctx context.Context, f func(fleet) error) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	answer := make(chan error, 1)
	select {
	case e.requests <- func(loops fleet) { answer <- f(loops) }:
		return <-answer
	case <-e.done:
		return ErrStopped
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
