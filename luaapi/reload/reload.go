package reload

import (
	"context"
	"errors"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"luavs/engine"
	"luavs/luaapi"
	"luavs/luaapi/beside"
)

// retryAfter is how long a text that was refused is not tried again: it may need
// what is not beside it, such as a certificate, and that may have come.
const retryAfter = time.Minute

// A draft is what the files say at one look. Nothing of it is in force yet.
type draft struct {
	files  []string              // that are there
	gone   []string              // files in force that are not
	sums   map[string]beside.Sum // of the texts that were read, by file
	fresh  map[string]*Policy    // the texts that are new and have no mistakes, by file
	failed map[string]error      // what is wrong, by path
}

// refusal is a text with mistakes.
type refusal struct {
	sum   beside.Sum
	files []beside.File // that it had read
	err   error
	at    time.Time
}

// stands tells whether a text has the mistakes that it had.
func (r *refusal) stands(sum beside.Sum) bool {
	return r != nil && r.sum == sum && time.Since(r.at) < retryAfter && !slices.ContainsFunc(r.files, beside.File.Changed)
}

// reload brings the policies in line with the files, changed ones or all, and
// keeps what is wrong with them. First all texts that are new are loaded, which
// changes nothing; then what can be is put in force together. Services that move
// from one file to another stay in the kernel meanwhile. If ctx ends, what is in
// force stays, and so does the table.
func (s *Set) reload(ctx context.Context, all bool) error {
	d := s.look(ctx)
	if changed := s.changed(d, all); len(changed) > 0 {
		defer s.garbage.loading()()
		s.processors.all()
		s.loadDraft(ctx, d, changed)
	}
	s.choose(d)
	if ctx.Err() == nil {
		s.force(ctx, d)
	}
	for _, p := range d.fresh {
		s.close(p)
	}
	if ctx.Err() != nil {
		return context.Cause(ctx) // what it ended is nothing that is wrong with a file
	}
	return s.report(d)
}

// look finds the policy files, and which in force are gone: not there at two looks,
// with a quiet time between them. Who puts a new text in place of another may take
// away the old one first.
func (s *Set) look(ctx context.Context) *draft {
	s.seen = s.glimpse()
	files, failed := find(s.paths)
	gone := s.missing(files, failed)
	if len(gone) > 0 {
		s.watcher.rest(ctx)
		files, failed = find(s.paths)
		again := s.missing(files, failed)
		gone = slices.DeleteFunc(gone, func(file string) bool { return !among(again, file) })
	}
	maps.DeleteFunc(s.refusals, func(file string, _ *refusal) bool { return !among(files, file) })
	return &draft{files: files, gone: gone, sums: map[string]beside.Sum{}, fresh: map[string]*Policy{}, failed: failed}
}

// missing returns the files in force that are not among some, sorted. That a path is
// missing is no order to give up its services.
func (s *Set) missing(files []string, failed map[string]error) (gone []string) {
	for file := range s.inForce {
		if failed[file] == nil && failed[filepath.Dir(file)] == nil && !among(files, file) {
			gone = append(gone, file)
		}
	}
	slices.Sort(gone)
	return gone
}

// among tells whether a file is one of some, which are sorted.
func among(files []string, file string) bool {
	_, found := slices.BinarySearch(files, file)
	return found
}

// changed returns the texts that are neither in force as they are nor known to be
// wrong; with all, every text.
func (s *Set) changed(d *draft, all bool) (changed []source) {
	for _, file := range d.files {
		src, err := read(file)
		if untrusted := trusted(file); untrusted != nil {
			err = untrusted
		}
		if err != nil {
			d.failed[file] = err
			continue
		}
		d.sums[file] = src.sum
		inForce, refused := s.inForce[file], s.refusals[file]
		switch {
		case !all && inForce != nil && inForce.current(src.sum):
			delete(s.refusals, file)
		case !all && refused.stands(src.sum):
			d.failed[file] = refused.err
		default:
			changed = append(changed, src)
		}
	}
	return changed
}

// loadDraft makes policies of texts, and keeps which are refused.
func (s *Set) loadDraft(ctx context.Context, d *draft, texts []source) {
	for _, src := range texts {
		if ctx.Err() != nil {
			return
		}
		delete(s.refusals, src.path)
		p, err := s.load(ctx, src)
		var wrong *luaapi.Mistakes
		if errors.As(err, &wrong) {
			s.refusals[src.path] = &refusal{src.sum, wrong.Files, err, time.Now()}
		}
		if err == nil {
			d.fresh[src.path] = p
			err = p.trusted()
		}
		if err != nil {
			d.failed[src.path] = err
		}
	}
}

// choose leaves in a draft what can be put in force together.
func (s *Set) choose(d *draft) {
	c := choice{now: map[string]engine.Config{}, next: map[string]engine.Config{}, wrong: d.failed, waits: map[string]error{}}
	for file, p := range s.inForce {
		c.now[file] = p.Config()
	}
	for _, file := range d.gone {
		c.next[file] = engine.Config{}
	}
	for file, p := range d.fresh {
		if d.failed[file] == nil {
			c.next[file] = p.Config()
		}
	}
	c.settle()
	d.gone = slices.DeleteFunc(d.gone, func(file string) bool { return c.waits[file] != nil })
	maps.Copy(d.failed, c.waits)
}

// force puts in force what is in a draft without anything wrong, and takes it out
// of the draft. In place of it come the policies that were replaced.
func (s *Set) force(ctx context.Context, d *draft) {
	s.engine.Hold()
	for _, file := range d.gone {
		if err := s.remove(ctx, file); err != nil {
			d.failed[file] = err
		}
	}
	if err := s.replace(ctx, d); err != nil {
		return
	}
	if len(d.gone) > 0 {
		s.forget()
	}
	if err := s.engine.Release(ctx); err != nil && ctx.Err() == nil {
		s.log.Error("services that nobody declares any more are not given up", "err", err)
	}
}

// replace puts the texts of a draft in force that have nothing wrong, all at once.
func (s *Set) replace(ctx context.Context, d *draft) error {
	var files []string
	var configs []engine.Config
	for _, file := range d.files {
		if p := d.fresh[file]; p != nil && d.failed[file] == nil {
			files, configs = append(files, file), append(configs, p.Config())
		}
	}
	if err := s.engine.Load(ctx, configs...); err != nil {
		for _, file := range files {
			d.failed[file] = err
		}
		return err
	}
	for _, file := range files {
		old := s.inForce[file]
		s.inForce[file] = d.fresh[file]
		s.loaded.Add(1)
		s.log.Info("policy in force", "policy", file)
		if d.fresh[file] = old; old == nil {
			delete(d.fresh, file)
		}
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
	return nil
}

// forget forgets what policies have kept that are not in force any more.
func (s *Set) forget() {
	if s.options.Store != nil {
		s.options.Store.KeepOnly(slices.Collect(maps.Keys(s.inForce)))
	}
}

// report keeps what is wrong for Problems, logs what is news, and returns all of
// it.
func (s *Set) report(d *draft) error {
	before := s.failed
	s.failed = make(map[string]problem, len(d.failed))
	var all []error
	for _, path := range slices.Sorted(maps.Keys(d.failed)) {
		err := d.failed[path]
		all = append(all, err)
		now, was := problem{err.Error(), d.sums[path]}, before[path]
		s.failed[path] = now
		if was.text == "" || was.sum != now.sum {
			s.refused.Add(1)
		}
		if was.text == now.text {
			continue
		}
		for line := range strings.Lines(now.text) {
			s.log.Error("not reloaded, what is in force stays", "err", strings.TrimSuffix(line, "\n"))
		}
	}
	s.publish()
	for path := range before {
		if d.failed[path] == nil {
			s.log.Info("mended", "policy", path)
		}
	}
	return errors.Join(all...)
}

// publish shows Problems what is wrong.
func (s *Set) publish() {
	problems := make([]string, 0, len(s.failed))
	for _, p := range s.failed {
		problems = append(problems, p.text)
	}
	slices.Sort(problems)
	s.problems.Store(&problems)
}
