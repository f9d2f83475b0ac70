package luaapi

import (
	"context"
	"fmt"
)

// A progress says how far a task has come, for the reason of a check that did
// not end in time. It belongs to the goroutine that runs the task.
type progress struct{ how func() string }

type progressKey struct{}

// withProgress returns the context of a task whose progress is to be known.
func withProgress(ctx context.Context) (context.Context, *progress) {
	p := &progress{}
	return context.WithValue(ctx, progressKey{}, p), p
}

// reach notes how far the task of a context has come: what how says when it is
// asked.
func reach(ctx context.Context, how func() string) {
	if p, ok := ctx.Value(progressKey{}).(*progress); ok {
		p.how = how
	}
}

// late is the reason of a check that did not end in time.
func (p *progress) late(ctx context.Context) string {
	if p.how == nil {
		return "the check's function did not end in time"
	}
	return fmt.Sprintf("%v (%s)", context.Cause(ctx), p.how())
}
