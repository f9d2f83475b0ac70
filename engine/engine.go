package engine

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
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
	flush    bool // at the end nothing of ours stays in the kernel
	log      *slog.Logger
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
}

// New returns an engine that has no policies yet.
func New(kernel Kernel, log *slog.Logger) *Engine {
	return &Engine{
		kernel: kernel, paths: newPaths(kernel, log, PathMarks), pulse: newPulse(log), poller: checks.NewPoller(),
		records: newRecords(), log: log, requests: make(chan func(fleet)), done: make(chan struct{}),
	}
}

// UsePathMarks has private services get their marks from a range other than
// [PathMarks]. It is for use before Run.
func (e *Engine) UsePathMarks(m Marks) { e.paths.marks = m }

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
	resync := time.NewTicker(resyncEvery)
	defer resync.Stop()
	for {
		select {
		case <-resync.C:
			e.paths.resync()
			loops.endRetired(ctx)
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

// Load puts a policy in force: a new one starts, one of the same name is
// replaced and hands on what is known of its servers. It returns once the
// loop has acted on it; what the kernel refuses then is no error but shown by
// Status. If another policy holds one of its services, that is an error and
// nothing has changed.
func (e *Engine) Load(ctx context.Context, c Config) error {
	return e.do(ctx, func(loops fleet) error {
		if err := loops.conflict(ctx, c); err != nil {
			return err
		}
		loops.handOver(ctx, c)
		m := loops[c.Name]
		if m == nil {
			m = e.start(c.Name)
			loops[c.Name] = m
		}
		m.retired = false
		return m.do(ctx, func() error {
			m.replace(c)
			return nil
		})
	})
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
		err := m.do(ctx, func() error {
			m.replace(Config{Name: name})
			return nil
		})
		if err != nil {
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
		loops.endRetired(ctx)
		return nil
	})
}

// endRetired ends the loops of unloaded policies whose services have left.
func (f fleet) endRetired(ctx context.Context) {
	for name, m := range f {
		if m.retired && len(m.held(ctx)) == 0 {
			m.stop()
			delete(f, name)
		}
	}
}

// start starts the loop of a new policy.
func (e *Engine) start(name string) *member {
	ctx, end := context.WithCancel(context.Background())
	m := &member{loop: newLoop(ctx, name, e.kernel, e.paths, e.pulse, e.records, e.log), end: end, ended: make(chan struct{})}
	m.polling.poller = e.poller
	go func() {
		defer close(m.ended)
		m.run()
	}()
	return m
}

// held returns the services that the loop still answers for.
func (l *loop) held(ctx context.Context) (keys []ipvs.ServiceKey) {
	l.do(ctx, func() error {
		keys = slices.AppendSeq(slices.Clone(l.order), maps.Keys(l.leaving))
		return nil
	})
	return keys
}

// do runs f in the goroutine of Run.
func (e *Engine) do(ctx context.Context, f func(fleet) error) error {
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
