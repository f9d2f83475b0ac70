package engine

import (
	"context"
	"time"

	"luavs/checks"
)

// together is how long after due probes were started the next ones are, so
// that a loop with thousands of servers wakes for many of them at once. A
// probe starts so much late at the most.
const together = 5 * time.Millisecond

// polling is a loop's part in the [checks.Poller] of its engine. What it asks
// for a config ends with that.
type polling struct {
	poller   *checks.Poller // nil: all probes have a goroutine each
	asker    *checks.Asker
	inFlight int       // questions of asker
	again    time.Time // when the asker goes on with what it has put; zero: never
	answers  []checks.Answer
}

// begin drops what was asked, and returns how much that was. What is asked from
// now on ends with ctx.
func (p *polling) begin(ctx context.Context) (dropped int) {
	if p.poller == nil {
		return 0
	}
	dropped, p.inFlight, p.again = p.inFlight, 0, time.Time{}
	p.asker = p.poller.Asker(ctx)
	return dropped
}

// takes reports whether the poller runs a probe.
func (p *polling) takes(c checks.Check) bool { return p.poller != nil && p.poller.Takes(c) }

// ask has the poller run a watch's probe.
func (p *polling) ask(w *watch, t checks.Target) {
	p.inFlight++
	p.asker.Ask(checks.Question{Check: w.check.Probe, Target: t, Limit: w.check.Timeout, For: w})
}

// flush puts what was asked, and notes when to do so again.
func (p *polling) flush() {
	if p.asker != nil {
		p.again = p.asker.Flush()
	}
}

// ready is sent to when there are answers; never without a poller.
func (p *polling) ready() <-chan struct{} {
	if p.asker == nil {
		return nil
	}
	return p.asker.Ready()
}

// takeAnswers takes in what the poller has found out.
func (l *loop) takeAnswers() {
	p := &l.polling
	p.answers = p.asker.Answers(p.answers)
	p.inFlight -= len(p.answers)
	for i := range p.answers {
		a := &p.answers[i]
		l.answered(a.For.(*watch), a.Result, a.At)
	}
}
