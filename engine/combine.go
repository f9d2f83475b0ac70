package engine

import (
	"context"
	"fmt"
	"time"

	"luavs/checks"
)

// A Rule makes one verdict of those of a server's checks: it is up if enough
// of its parts are. A Rule never changes once it is declared.
type Rule struct {
	Least int // how many parts must be up; 1 or more
	Parts []Part
}

// A Part is a check of the server, or a rule for some of them.
type Part struct {
	Check int   // its place in [Server.Checks]; not looked at if there is a rule
	Rule  *Rule // nil for a check
}

// A Combiner makes one verdict of those of a server's checks by rules of its
// own: pass is up, fail is down, unknown leaves it as it is. Once each check has
// answered it is asked after every answer, but never twice at once for one
// server.
type Combiner interface {
	Combine(ctx context.Context, v *ServerView) checks.Result
}

// judge returns the state by a rule, and which check decided, or -1 for up. As
// long as what is not known could make a difference, it is unknown.
func (r *Rule) judge(all []*watch) (State, int) {
	up, unknown, firstDown, firstUnknown := 0, 0, -1, -1
	for _, p := range r.Parts {
		switch state, which := p.judge(all); state {
		case StateUp:
			up++
		case StateDown:
			if firstDown < 0 {
				firstDown = which
			}
		default:
			if unknown++; firstUnknown < 0 {
				firstUnknown = which
			}
		}
	}
	switch {
	case up >= r.Least:
		return StateUp, -1
	case up+unknown < r.Least:
		return StateDown, firstDown
	}
	return StateUnknown, firstUnknown
}

func (p Part) judge(all []*watch) (State, int) {
	if p.Rule != nil {
		return p.Rule.judge(all)
	}
	return all[p.Check].health.State, p.Check
}

// worst is the rule of a server that has none: down if any check is down, else
// unknown if any is unknown, else up.
func worst(all []*watch) (State, int) {
	state, which := StateUp, -1
	for i, w := range all {
		switch {
		case w.health.State == StateDown:
			return StateDown, i
		case w.health.State == StateUnknown && state == StateUp:
			state, which = StateUnknown, i
		}
	}
	return state, which
}

// combination is what a Combiner said of a server.
type combination struct {
	state    State
	result   checks.Result
	advice   checks.Advice // that is in force
	answered bool          // it was asked and has answered
	asking   bool
	again    bool // a check has answered since it was asked
	void     bool // what it is asked counts for nothing

	fell   time.Time    // when its verdict last took the server down
	before *combination // the verdict before that one; nil: there was none
}

// take takes in what the Combiner said.
func (c *combination) take(r checks.Result, now time.Time) {
	if r.Outcome == checks.Fail && c.state == StateUp {
		c.fell, c.before = now, &combination{result: c.result, advice: c.advice}
	}
	c.answered, c.result = true, r
	switch r.Outcome {
	case checks.Pass, checks.Degraded:
		c.state, c.advice = StateUp, r.Advice
	case checks.Fail:
		c.state, c.advice = StateDown, checks.Advice{}
	}
}

// combine has the Combiner of a server asked, if it has one and each check has
// an answer that counts, unless it is at work: then it is asked again.
func (l *loop) combine(srv *server, s *service) {
	c := srv.combined
	switch {
	case c == nil || !srv.asked() || srv.discounted():
		return
	case c.asking:
		c.again = true
		return
	}
	c.asking, c.again = true, false
	v, combiner, turn, term := srv.copy(), srv.decl.Combiner, l.turn, l.term
	l.tasks.Go(func() {
		r := askCombiner(term, combiner, v)
		l.send(func() {
			if turn != l.turn || srv.gone {
				return
			}
			l.combined(srv, s, r)
		})
	})
}

// combined takes in what the Combiner of a server said.
func (l *loop) combined(srv *server, s *service, r checks.Result) {
	c, now := srv.combined, time.Now()
	first, void := !c.answered, c.void
	if c.asking, c.void = false, false; !void {
		c.take(r, now)
	}
	if l.judge(srv, s, now) || first {
		l.touch(s)
	}
	if c.again {
		l.combine(srv, s)
	}
}

// askCombiner asks a Combiner. A panic is a fault of ours.
func askCombiner(ctx context.Context, c Combiner, v *ServerView) (r checks.Result) {
	ctx, cancel := context.WithTimeoutCause(ctx, decideWithin, fmt.Errorf("no verdict within %v", decideWithin))
	defer cancel()
	defer func() {
		if p := recover(); p != nil {
			r = checks.Result{Cause: checks.Local, Reason: fmt.Sprintf("the verdict broke: %v", p)}
		}
	}()
	return c.Combine(ctx, v)
}
