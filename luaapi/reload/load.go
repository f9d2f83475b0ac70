package reload

import (
	"context"
	"crypto/sha256"
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
	files, missing := find(paths)
	failed := slices.Collect(maps.Values(missing))
	var policies []*Policy
	for _, file := range files {
		src, err := read(file)
		if err == nil {
			var p *Policy
			if p, err = load(ctx, src, o); err == nil {
				policies = append(policies, p)
			}
		}
		failed = append(failed, err)
	}
	return policies, errors.Join(failed...)
}

func load(ctx context.Context, src source, o luaapi.Options) (*Policy, error) {
	p, err := luaapi.Load(ctx, src.path, src.text, o)
	if err != nil {
		return nil, err
	}
	return &Policy{Policy: p, src: src, began: time.Now()}, nil
}

// current tells whether the policy is what its file, with this sum, and those
// beside it say.
func (p *Policy) current(sum [sha256.Size]byte) bool {
	return p.src.sum == sum && !slices.ContainsFunc(p.Files(), beside.File.Changed)
}

// trusted says who could write a file that was read beside the policy's.
func (p *Policy) trusted() error {
	for _, file := range p.Files() {
		if err := trust.File(file.Path()); err != nil {
			return fmt.Errorf("policy %s: %w", p.Config().Name, err)
		}
	}
	return nil
}
