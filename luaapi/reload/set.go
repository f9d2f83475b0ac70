package reload

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"luavs/engine"
	"luavs/luaapi"
	"luavs/luaapi/beside"
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

	requests chan func(context.Context)
	done     chan struct{} // closed when Run returns

	exhausted  *exhausted
	garbage    garbage
	processors processors

	// Of Run alone.
	inForce  map[string]*Policy  // by file
	refusals map[string]*refusal // by file, the texts with mistakes
	failed   map[string]problem  // by path, what is wrong with it, until it is mended
	seen     map[string]string   // what the files were like at the last look
	watcher  *watcher

	onChange func() // nil: nobody is told
	told     news

	problems atomic.Pointer[[]string] // a copy of failed, for Problems
	loaded   atomic.Uint64            // for Loads
	refused  atomic.Uint64
}

// problem is why a path is not in force as it is, and with which text.
type problem struct {
	text string
	sum  beside.Sum
}

// New returns a set of the policies that paths name. Nothing is read yet.
func New(paths []string, e *engine.Engine, o luaapi.Options) *Set {
	return &Set{
		paths: paths, engine: e, options: o, log: o.Log, exhausted: newExhausted(),
		requests: make(chan func(context.Context)), done: make(chan struct{}),
		inForce: map[string]*Policy{}, refusals: map[string]*refusal{}, failed: map[string]problem{},
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
	policies, err := loadAll(s.paths, func(src source) (*Policy, error) { return s.load(ctx, src) })
	var configs []engine.Config
	for _, p := range policies {
		configs = append(configs, p.Config())
		err = errors.Join(err, p.trusted())
	}
	if err == nil {
		err = engine.Conflicts(configs...)
	}
	if err == nil {
		err = s.begin(ctx, policies, configs)
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

// load makes a policy of a text that says so when it is to be restarted.
func (s *Set) load(ctx context.Context, src source) (*Policy, error) {
	return load(ctx, src, s.options, s.exhausted.add)
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

// begin puts the first policies in force.
func (s *Set) begin(ctx context.Context, policies []*Policy, configs []engine.Config) error {
	if err := s.engine.Load(ctx, configs...); err != nil {
		return err
	}
	for _, p := range policies {
		s.inForce[p.src.path] = p
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
	s.watcher = newWatcher(s.log)
	defer s.watcher.close()
	poll := time.NewTicker(pollEvery)
	defer poll.Stop()
	s.reload(ctx, false) // for what changed since Start, before there was a watch
	for {
		s.watcher.follow(s.watched())
		s.tellNews()
		select {
		case <-ctx.Done():
			return ctx.Err()
		case request := <-s.requests:
			request(ctx)
		case <-s.exhausted.ready:
			s.renewAll(ctx)
		case <-s.watcher.changed():
			s.reload(ctx, false)
		case <-poll.C:
			if s.stale() {
				s.watcher.stir()
			}
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

// Reload loads every policy anew, changed or not. The error says which could
// not be put in force and why; those run on as they were. If ctx ends, the reload
// goes on.
func (s *Set) Reload(ctx context.Context) error {
	return s.do(ctx, func(ctx context.Context) error { return s.reload(ctx, true) })
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

// do runs f in the goroutine of Run and with its context, and waits for the answer
// until ctx ends.
func (s *Set) do(ctx context.Context, f func(context.Context) error) error {
	answer := make(chan error, 1)
	select {
	case s.requests <- func(ctx context.Context) { answer <- f(ctx) }:
	case <-s.done:
		return errors.New("the policies are not kept any more")
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	select {
	case err := <-answer:
		return err
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
