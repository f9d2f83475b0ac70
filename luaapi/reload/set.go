package reload

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"path/filepath"
	"slices"
	"strings"
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

// reload brings the policies in line with the files, changed ones or all, and
// keeps what is wrong with them. Services that move from one file to another
// stay in the kernel meanwhile.
func (s *Set) reload(ctx context.Context, all bool) error {
	s.engine.Hold()
	failed := s.reloadFiles(ctx, all)
	if err := s.engine.Release(ctx); err != nil && ctx.Err() == nil {
		s.log.Error("services that nobody declares any more are not given up", "err", err)
	}
	if ctx.Err() != nil {
		return context.Cause(ctx) // what it ended is nothing that is wrong with a file
	}
	s.report(failed)
	return errors.Join(slices.Collect(maps.Values(failed))...)
}

// reloadFiles looks at each file, and returns what is wrong by path.
func (s *Set) reloadFiles(ctx context.Context, all bool) map[string]error {
	files, failed := find(s.paths)
	for file := range s.inForce { // first, so that another file may take over a service
		// A path that is missing is no order to give up its services.
		if failed[file] != nil || failed[filepath.Dir(file)] != nil || slices.Contains(files, file) {
			continue
		}
		if err := s.remove(ctx, file); err != nil {
			failed[file] = err
		}
	}
	for _, file := range files {
		if err := s.reloadFile(ctx, file, all); err != nil {
			failed[file] = err
		}
	}
	s.reloadHeld(ctx, files, failed)
	return failed
}

// reloadHeld tries files again that declared what another one had, as long as
// that helps: a later file may have given it up.
func (s *Set) reloadHeld(ctx context.Context, files []string, failed map[string]error) {
	for again := true; again; {
		again = false
		for _, file := range files {
			if !errors.Is(failed[file], engine.ErrConflict) {
				continue
			}
			if failed[file] = s.reloadFile(ctx, file, true); failed[file] == nil {
				delete(failed, file)
				again = true
			}
		}
	}
}

// reloadFile puts the present text of a file in force, unless it is already.
func (s *Set) reloadFile(ctx context.Context, file string, always bool) error {
	if err := trusted(file); err != nil {
		return err
	}
	src, err := read(file)
	if err != nil {
		return err
	}
	old := s.inForce[file]
	if !always && old != nil && old.current(src.sum) {
		return nil
	}
	defer s.garbage.loading()()
	s.processors.all()
	fresh, err := load(ctx, src, s.options)
	if err != nil {
		return err
	}
	if err = fresh.trusted(); err == nil {
		err = s.engine.Load(ctx, fresh.Config())
	}
	if err != nil {
		s.close(fresh)
		return err
	}
	s.inForce[file] = fresh
	s.loaded.Add(1)
	s.log.Info("policy in force", "policy", file)
	if old != nil {
		s.close(old)
	}
	return nil
}

// remove gives up the policy of a file that is gone, and its services.
func (s *Set) remove(ctx context.Context, file string) error {
	s.log.Info("policy file is gone, its services are given up", "policy", file)
	s.inForce[file].tellStop()
	if err := s.engine.Unload(ctx, file); err != nil {
		return err
	}
	s.close(s.inForce[file])
	delete(s.inForce, file)
	if s.options.Metrics != nil {
		s.options.Metrics.Forget(file)
	}
	s.forget()
	return nil
}

// forget forgets what policies have kept that are not in force any more.
func (s *Set) forget() {
	if s.options.Store != nil {
		s.options.Store.KeepOnly(slices.Collect(maps.Keys(s.inForce)))
	}
}

// report keeps what is wrong for Problems and logs what is news.
func (s *Set) report(failed map[string]error) {
	before := s.failed
	s.failed = make(map[string]string, len(failed))
	for path, err := range failed {
		s.failed[path] = err.Error()
		if before[path] == err.Error() {
			continue
		}
		s.refused.Add(1)
		for line := range strings.Lines(err.Error()) {
			s.log.Error("not reloaded, what is in force stays", "err", strings.TrimSuffix(line, "\n"))
		}
	}
	problems := slices.Sorted(maps.Values(s.failed))
	s.problems.Store(&problems)
	for path := range before {
		if failed[path] == nil {
			s.log.Info("mended", "policy", path)
		}
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
