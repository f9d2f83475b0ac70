package checks

import (
	"context"
	"sync"
	"time"
)

// A Question is a run of a check that a [Poller] takes.
type Question struct {
	Check  Check
	Target Target
	Limit  time.Duration // for the answer; 0 is none
	For    any           // comes back with the answer

	asker *Asker
}

// An Answer is what came of a [Question].
type Answer struct {
	For     any
	Result  Result    // Took is set
	Started time.Time // when the run began
	At      time.Time // when it ended
}

// An Asker puts the questions of one owner to a [Poller] and collects the
// answers. One goroutine uses it.
type Asker struct {
	poller *Poller
	ctx    context.Context
	asked  []Question
	ready  chan struct{}
	made   []Answer // not handed over yet; the Poller's

	fresh []int32   // slots of runs that the epoll does not know yet
	look  time.Time // when they are looked at; zero if there are none

	mu      sync.Mutex
	answers []Answer // handed over
}

// Asker returns an asker. When ctx ends, what it has asked is dropped: its
// connections are closed, and no answer comes.
func (p *Poller) Asker(ctx context.Context) *Asker {
	context.AfterFunc(ctx, p.leave)
	return &Asker{poller: p, ctx: ctx, ready: make(chan struct{}, 1)}
}

// Ask notes a question. [Asker.Flush] puts it.
func (a *Asker) Ask(q Question) {
	q.asker = a
	a.asked = append(a.asked, q)
}

// Flush puts the questions that were noted since the last Flush. It never
// waits for an answer, but those that come without waiting are there when it
// returns. If it returns a time that is not zero, it is to be called again at
// that time, whether there are questions or not, to go on with what it put.
func (a *Asker) Flush() (again time.Time) {
	if len(a.asked)+len(a.fresh) == 0 {
		return time.Time{}
	}
	a.poller.serve(a)
	clear(a.asked)
	a.asked = a.asked[:0]
	return a.look
}

// Ready is sent to when there are answers to take.
func (a *Asker) Ready() <-chan struct{} { return a.ready }

// Answers takes the answers that have come. The memory of those taken before
// is used again.
func (a *Asker) Answers(before []Answer) []Answer {
	clear(before)
	a.mu.Lock()
	defer a.mu.Unlock()
	got := a.answers
	a.answers = before[:0]
	return got
}

// get is called by the Poller.
func (a *Asker) get() {
	a.mu.Lock()
	a.answers = append(a.answers, a.made...)
	a.mu.Unlock()
	clear(a.made)
	a.made = a.made[:0]
	select {
	case a.ready <- struct{}{}:
	default:
	}
}
