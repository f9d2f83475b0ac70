package checks

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"
)

// A run is one question being put: until when, and how far it has got. It
// lives for one call of Check, which alone uses it.
type run struct {
	ctx     context.Context
	steps   []string  // what is done, for the reason of a failure
	worse   *fault    // what keeps a pass from being a good one; nil for nothing
	expires time.Time // when the server's certificate ends
}

func start(ctx context.Context) *run { return &run{ctx: ctx} }

// reach notes one more step.
func (r *run) reach(step string, args ...any) {
	r.steps = append(r.steps, fmt.Sprintf(step, args...))
}

// got is how far a run has come.
func got(steps []string) string {
	if len(steps) == 0 {
		return "not connected"
	}
	return strings.Join(steps, ", ")
}

// degrade notes why the server is not at its best although the run may pass.
// The first reason counts.
func (r *run) degrade(c Cause, format string, args ...any) {
	if r.worse == nil {
		r.worse = &fault{cause: c, reason: fmt.Sprintf(format, args...)}
	}
}

// passed is the result of a run that came to a good end: its last step says
// how.
func (r *run) passed() Result {
	if r.worse != nil {
		return Result{Outcome: Degraded, Cause: r.worse.cause, Reason: OneLine(r.worse.reason), Expires: r.expires}
	}
	return Result{Outcome: Pass, Reason: r.steps[len(r.steps)-1], Expires: r.expires}
}

// failed is the result of a run that err ended.
func (r *run) failed(err error) Result {
	res := r.ended(err)
	res.Expires = r.expires
	return res
}

func (r *run) ended(err error) Result {
	if _, limited := r.ctx.Deadline(); limited && errors.Is(err, os.ErrDeadlineExceeded) {
		<-r.ctx.Done() // the dialer's own timer may be a moment ahead of the context's
	}
	if r.ctx.Err() != nil {
		return r.stopped()
	}
	return failure(err, r.steps)
}

// failure is the result of a run that err ended after some steps.
func failure(err error, steps []string) Result {
	var f *fault
	if errors.As(err, &f) {
		outcome := Fail
		if f.cause == Local {
			outcome = Unknown
		}
		return Result{Outcome: outcome, Cause: f.cause, Reason: OneLine(f.reason)}
	}
	text := plain(err)
	if len(steps) > 0 {
		text += " (" + got(steps) + ")"
	}
	outcome, cause := classify(err)
	return Result{Outcome: outcome, Cause: cause, Reason: OneLine(text)}
}

// late is the result of a run whose time was over after some steps.
func late(text string, steps []string) Result {
	return Result{Outcome: Fail, Cause: Timeout, Reason: OneLine(text + " (" + got(steps) + ")")}
}

// stopped is the result of a run whose context has ended. Only a limit that
// passed speaks of the server; a cancellation is ours.
func (r *run) stopped() Result {
	why := context.Cause(r.ctx)
	if !errors.Is(r.ctx.Err(), context.DeadlineExceeded) {
		return Result{Outcome: Unknown, Cause: Local, Reason: OneLine(fmt.Sprintf("given up: %v", why))}
	}
	text := why.Error()
	if why == context.DeadlineExceeded {
		text = "no answer in time"
	}
	return late(text, r.steps)
}
