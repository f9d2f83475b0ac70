package reload

import (
	"context"
	"errors"

	"luavs/luaapi"
)

// Load makes policies of files and folders without putting them in force. The
// error holds every mistake of every file; the policies without any are
// returned beside it. Close them.
func Load(ctx context.Context, paths []string, o luaapi.Options) ([]*luaapi.Policy, error) {
	files, err := Files(paths)
	if err != nil {
		return nil, err
	}
	var policies []*luaapi.Policy
	var failed []error
	for _, file := range files {
		p, err := load(ctx, file, o)
		if err != nil {
			failed = append(failed, err)
			continue
		}
		policies = append(policies, p)
	}
	return policies, errors.Join(failed...)
}

func load(ctx context.Context, file string, o luaapi.Options) (*luaapi.Policy, error) {
	src, err := read(file)
	if err != nil {
		return nil, err
	}
	return luaapi.Load(ctx, src.path, src.text, o)
}
