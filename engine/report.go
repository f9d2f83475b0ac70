package engine

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"luavs/checks"
)

// Report is what a server, or somebody for it, says of itself to the checks
// that wait for reports. Its JSON form is what the admin socket takes.
type Report struct {
	Server  string `json:"server"`            // address and port, address alone for all of its ports, or name
	Service string `json:"service,omitempty"` // address such as "tcp 10.0.0.1:80", or name; empty for all
	Check   string `json:"check,omitempty"`   // name of the check; empty if the server has one only
	Outcome string `json:"outcome"`           // "pass", "degraded" or "fail"
	Weight  string `json:"weight,omitempty"`  // "50" or "50%"; not of a fail
	Text    string `json:"text,omitempty"`    // for people; its first line is kept
}

// result is what the report says, as the answer of a check.
func (r Report) result() (checks.Result, error) {
	result := checks.Result{Reason: checks.OneLine(r.Text)}
	for _, o := range []checks.Outcome{checks.Pass, checks.Degraded, checks.Fail} {
		if o.String() == r.Outcome {
			result.Outcome = o
		}
	}
	switch result.Outcome {
	case checks.Unknown:
		return result, fmt.Errorf("outcome %q: want pass, degraded or fail", checks.OneLine(r.Outcome))
	case checks.Fail:
		result.Cause = checks.Verdict
	}
	if result.Reason == "" {
		result.Reason = "reported " + r.Outcome
	}
	if r.Weight == "" {
		return result, nil
	}
	if result.Outcome == checks.Fail {
		return result, errors.New("a server that fails has no weight")
	}
	var err error
	result.Advice, err = checks.ParseAdvice(r.Weight)
	return result, err
}

// awaiting is a probe that is not asked: reports are awaited, for so long.
type awaiting interface {
	Awaits() (name string, limit time.Duration)
}

// awaits returns how long a report of a check is waited for; zero if the check
// is one that asks.
func (c *Check) awaits() time.Duration {
	if a, ok := c.Probe.(awaiting); ok {
		_, limit := a.Awaits()
		return limit
	}
	return 0
}

// expire takes in that no report came in time. There is nothing to wait for
// until the next one.
func (l *loop) expire(w *watch, now time.Time) {
	reason := fmt.Sprintf("no report within %v", w.check.awaits())
	l.answer(w, checks.Result{Outcome: checks.Fail, Cause: checks.Timeout, Reason: reason}, now)
	l.queue.take(w)
}

// addressee is a check that waits for reports, and the words it is known by.
type addressee struct {
	place
	watch *watch
	check string
}

// addressees returns all checks of the loop that wait for reports.
func (m *member) addressees() (all []addressee) {
	for _, key := range m.order {
		s := m.services[key]
		for _, srv := range s.servers {
			for _, w := range srv.checks {
				if a, ok := w.check.Probe.(awaiting); ok {
					check, _ := a.Awaits()
					all = append(all, addressee{m.placeOf(s, srv), w, check})
				}
			}
		}
	}
	return all
}

// Report gives a report to the checks that wait for it, and returns which these
// are. It is an error if there are none, or if it is not clear which of
// several on a server is meant.
func (e *Engine) Report(ctx context.Context, r Report) (reached []string, err error) {
	result, err := r.result()
	if err != nil {
		return nil, fmt.Errorf("report: %w", err)
	}
	err = e.do(ctx, func(loops fleet) error {
		all, err := gather(ctx, loops, (*member).addressees)
		if err != nil {
			return err
		}
		meant, err := r.addressed(all)
		if err != nil {
			return fmt.Errorf("report: %w", err)
		}
		for _, a := range meant {
			if err := a.loop.do(ctx, func() error { a.loop.hear(a.watch, result); return nil }); err != nil {
				return err
			}
			reached = append(reached, strings.TrimSpace(a.service+" "+a.addr+" "+a.check))
		}
		slices.Sort(reached)
		return nil
	})
	return reached, err
}

// hear takes in a report.
func (l *loop) hear(w *watch, r checks.Result) {
	if !w.gone {
		l.answer(w, r, time.Now())
	}
}
