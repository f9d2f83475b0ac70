package reload

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"luavs/engine"
	"luavs/luaapi"
	"luavs/luaapi/trust"
)

const (
	// closeWithin is how long what is in flight in a replaced policy may take to
	// end. It is cancelled at once and can change nothing any more.
	closeWithin = 5 * time.Second

	// stopWithin is how long the handlers of the event stop may take.
	stopWithin = time.Second
)

// Set keeps the policies of files and folders in force.
type Set struct {
	paths   []string
	engine  *engine.Engine
	options luaapi.Options
	log     *slog.Logger

	requests chan func()
	done     chan struct{} // closed when Run returns

	exhausted  *exhausted
	garbage    garbage
	processors processors

	inForce map[string]*Policy // by file; owned by Run
	failed  map[string]string  // by path, what is wrong with it, until it is mended

	problems atomic.Pointer[[]string] // a copy of failed, for Problems
	loaded   atomic.Uint64            // for Loads
	refused  atomic.Uint64
}

// New returns a set of the policies that paths name. Nothing is read yet.
func New(paths []string, e *engine.Engine, o luaapi.Options) *Set {
	full := newExhausted()
	o.Full = full.add
	return &Set{
		paths: paths, engine: e, options: o, log: o.Log, exhausted: full,
		requests: make(chan func()), done: make(chan struct{}),
		inForce: map[string]*Policy{}, failed: map[string]string{},
	}
}

// Start loads all policies, and gives up what only policies of an earlier run
// declared. If there is a mistake in any, none is put in force and the error
// holds all mistakes.
func (s *Set) Start(ctx context.Context) error {
	err := s.trust()
	if err != nil {
		return err
	}
	policies, err := Load(ctx, s.paths, s.options)
	if err == nil {
		var configs []engine.Config
		for _, p := range policies {
			configs = append(configs, p.Config())
			err = errors.Join(err, p.trusted())
		}
		err = errors.Join(err, engine.Conflicts(configs...))
	}
	if err == nil {
		err = s.force(ctx, policies)
	}
	if err == nil {
		s.forget()
		err = s.engine.Release(ctx)
	}
	if err != nil {
		for _, p := range policies {
			s.close(p)
		}
	}
	return err
}

// trust says which files somebody else could write than a daemon of root takes
// orders from.
func (s *Set) trust() error {
	files, _ := find(s.paths) // what cannot be found is no file to take orders from
	var failed []error
	for _, file := range files {
		failed = append(failed, trusted(file))
	}
	return errors.Join(failed...)
}

// trusted says who could write a policy file besides root.
func trusted(file string) error {
	if err := trust.File(file); err != nil {
		return fmt.Errorf("policy %s: %w", file, err)
	}
	return nil
}

// force puts the first policies in force.
func (s *Set) force(ctx context.Context, policies []*Policy) error {
	for _, p := range policies {
		if err := s.engine.Load(ctx, p.Config()); err != nil {
			return err
		}
		s.inForce[p.Config().Name] = p
		s.loaded.Add(1)
	}
	return nil
}

// Run reloads what changes until ctx ends, and closes the policies then. Start
// comes first.
func (s *Set) Run(ctx context.Context) error {
	defer close(s.done)
	defer s.closeAll()
	defer s.tend(ctx)()
	w := newWatcher(s.log)
	defer w.close()
	poll := time.NewTicker(pollEvery)
	defer poll.Stop()
	s.reload(ctx, false) // for what changed since Start, before there was a watch
	for {
		w.follow(s.watched())
		select {
		case <-ctx.Done():
			return ctx.Err()
		case request := <-s.requests:
			request()
		case <-s.exhausted.ready:
			s.renewAll(ctx)
		case <-w.changed():
			s.reload(ctx, false)
		case <-poll.C:
			s.reload(ctx, false)
		}
	}
}

// tend has it decided how the process uses processors and memory until ctx ends.
// The function that it returns waits for that.
func (s *Set) tend(ctx context.Context) (wait func()) {
	var tending sync.WaitGroup
	tending.Go(func() { s.processors.run(ctx) })
	tending.Go(func() { s.garbage.run(ctx) })
	return tending.Wait
}

// watched are the paths of the policies, and of what they read beside them.
func (s *Set) watched() []string {
	paths := slices.Clone(s.paths)
	for file, p := range s.inForce {
		paths = append(paths, file)
		for _, beside := range p.Files() {
			paths = append(paths, beside.Path())
		}
	}
	return paths
}

// Reload loads every policy anew, changed or not. The error says which could
// not be put in force and why; those run on as they were.
func (s *Set) Reload(ctx context.Context) (err error) {
	if failed := s.do(ctx, func() { err = s.reload(ctx, true) }); failed != nil {
		return failed
	}
	return err
}

// Problems returns what keeps files from being in force as they are, sorted. It
// does not wait for a reload that is under way.
func (s *Set) Problems() []string {
	if problems := s.problems.Load(); problems != nil {
		return *problems
	}
	return nil
}

// Loads returns how many texts of policies were put in force, and how many were
// refused, since the start.
func (s *Set) Loads() (loaded, refused uint64) { return s.loaded.Load(), s.refused.Load() }

// do runs f in the goroutine of Run.
func (s *Set) do(ctx context.Context, f func()) error {
	ran := make(chan struct{})
	select {
	case s.requests <- func() { f(); close(ran) }:
		<-ran
		return nil
	case <-s.done:
		return errors.New("the policies are not kept any more")
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// closeAll ends all policies at once: a daemon that is told to end has no time
// for one after another.
func (s *Set) closeAll() {
	var closing sync.WaitGroup
	for _, p := range s.inForce {
		closing.Go(func() {
			p.tellStop()
			s.close(p)
		})
	}
	closing.Wait()
}

// tellStop has the policy's handlers of the event stop run.
func (p *Policy) tellStop() {
	ctx, cancel := context.WithTimeout(context.Background(), stopWithin)
	defer cancel()
	p.Stop(ctx)
}

// close ends what is in flight in a policy that is not in force any more.
func (s *Set) close(p *Policy) {
	ctx, cancel := context.WithTimeoutCause(context.Background(), closeWithin, fmt.Errorf("not within %v", closeWithin))
	defer cancel()
	if err := p.Close(ctx); err != nil {
		s.log.Warn("a replaced policy still runs; it can change nothing", "policy", p.Config().Name, "err", err)
	}
}
