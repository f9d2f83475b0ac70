package engine

import (
	"context"

	"luavs/ipvs"
)

// FlushAtEnd has Run delete all services of ours from the kernel when it ends,
// and nothing else. It is for use before Run.
func (e *Engine) FlushAtEnd() { e.flush = true }

// endAll ends all loops, and waits for what they have started.
func (e *Engine) endAll(loops fleet) {
	for _, m := range loops {
		m.end()
	}
	for _, m := range loops {
		<-m.rests
		if e.flush {
			m.flush()
		}
	}
	for _, m := range loops {
		<-m.ended
	}
}

// flush deletes the services of a loop that does nothing more.
func (l *loop) flush() {
	var have ipvs.Table
	for _, s := range l.known() {
		have = append(have, single(s.have)...)
	}
	l.paths.declare(l.name, wishes{})
	var o outcome
	o.ask(l.kernel, Plan(have, nil))
	l.report(o)
}

// Pass returns when each loop has acted on all that it was told before and
// looked for more: when none of them stands still.
func (e *Engine) Pass(ctx context.Context) error {
	return e.do(ctx, func(loops fleet) error {
		for _, m := range loops {
			if err := m.do(ctx, func() error { return nil }); err != nil {
				return err
			}
		}
		return nil
	})
}
