package reload

import (
	"context"
	"errors"
	"maps"
	"path/filepath"
	"slices"
	"strings"

	"luavs/engine"
)

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
