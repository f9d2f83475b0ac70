package reload

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"luavs/luaapi"
	"luavs/luaapi/beside"
	"luavs/luaapi/trust"
)

// Policy is a policy with the text it came from.
type Policy struct {
	*luaapi.Policy
	src      source
	began    time.Time // when it was loaded
	restarts int       // how often in a row it was over its memory limit
}

// Load makes policies of files and folders without putting them in force. The
// error holds every mistake of every file; the policies without any are
// returned beside it. Close them.
func Load(ctx context.Context, paths []string, o luaapi.Options) ([]*Policy, error) {
	return loadAll(paths, func(src source) (*Policy, error) { return load(ctx, src, o, nil) })
}

func loadAll(paths []string, load func(source) (*Policy, error)) ([]*Policy, error) {
	files, missing := find(paths)
	failed := slices.Collect(maps.Values(missing))
	var policies []*Policy
	for _, file := range files {
		src, err := read(file)
		if err == nil {
			var p *Policy
			if p, err = load(src); err == nil {
				policies = append(policies, p)
			}
		}
		failed = append(failed, err)
	}
	return policies, errors.Join(failed...)
}

// load makes a policy of a text. Full hears of it once it is over its memory limit;
// nil: nobody does.
func load(ctx context.Context, src source, o luaapi.Options, full func(*Policy, error)) (*Policy, error) {
	p := &Policy{src: src}
	if full != nil {
		o.Full = func(why error) { full(p, why) }
	}
	var err error
	if p.Policy, err = luaapi.Load(ctx, src.path, src.text, o); err != nil {
		return nil, err
	}
	p.began = time.Now()
	return p, nil
}

// current tells whether the policy is what its file, with this sum, and those
// beside it say.
func (p *Policy) current(sum beside.Sum) bool {
	return p.src.sum == sum && !slices.ContainsFunc(p.Files(), beside.File.Changed)
}

// trusted says who could write a file that was read beside the policy's.
func (p *Policy) trusted() error {
	for _, file := range p.Files() {
		if file.Missing() {
			continue
		}
		if err := trust.File(file.Path()); err != nil {
			return fmt.Errorf("policy %s: %w", p.Config().Name, err)
		}
	}
	return nil
}
