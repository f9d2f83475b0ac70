package checks

import (
	"context"
	"sync"
	"time"
)

const (
	// handOverAt and handOverAfter say when answers are handed over: when so many
	// have come, when the first of them is so old, or when nothing is in flight.
	// Each handing over wakes a goroutine, which costs as much as a check.
	handOverAt    = 64
	handOverAfter = 2 * time.Millisecond
)

// A Poller runs checks that need a bare connection, thousands at once, on raw
// sockets and an epoll of its own: a run costs no goroutine, no context, no
// timer, and in the long run no memory. [NewPoller] makes one.
//
// Any goroutine may make an [Asker]; all else belongs to the goroutine of Run.
// While nothing is in flight that waits on a channel.
type Poller struct {
	mu    sync.Mutex
	asked []Question // not begun yet
	left  bool       // an asker's context has ended
	over  bool       // that of Run has
	rest  rest
	stirs chan struct{}

	epoll  epoll
	begun  []Question // the last ones taken in; kept for its memory
	conns  conns
	limits deadlines
	text   []byte          // what is sent, for its memory
	heard  *[hearSize]byte // what has come

	owing []*Asker // those that have answers to get
	owed  int      // answers
	since time.Time
}

// rest says how the goroutine of Run waits.
type rest uint8

const (
	atWork rest = iota
	onChannel
	inEpoll
)

// NewPoller returns a Poller that does not run yet.
func NewPoller() *Poller {
	return &Poller{stirs: make(chan struct{}, 1), heard: hearBuffers.Get().(*[hearSize]byte)}
}

// Takes reports whether a Poller can run a check.
func (p *Poller) Takes(c Check) bool {
	check, ok := c.(polled)
	if !ok {
		return false
	}
	d := check.dialogue()
	if d == nil {
		return false
	}
	d.free()
	return true
}

// Run runs what is asked until ctx ends, and leaves nothing behind. It may be
// called once.
func (p *Poller) Run(ctx context.Context) {
	defer context.AfterFunc(ctx, p.end)()
	defer p.close()
	for ctx.Err() == nil {
		p.takeIn()
		p.goOn()
	}
}

// goOn waits, and goes on with what has come.
func (p *Poller) goOn() {
	for _, event := range p.wait() {
		if c := p.conns.at(event.Fd); c != nil {
			p.proceed(c, event.Events)
		}
	}
	p.expire(time.Now())
}

// takeIn begins what was asked, and drops what nobody waits for any more.
func (p *Poller) takeIn() {
	p.mu.Lock()
	p.begun, p.asked = p.asked, p.begun[:0]
	left := p.left
	p.left = false
	p.mu.Unlock()
	for _, q := range p.begun {
		if q.asker.ctx.Err() == nil {
			p.begin(q)
		}
	}
	clear(p.begun)
	if left {
		p.conns.each(func(c *conn) {
			if c.asker.ctx.Err() != nil {
				p.drop(c)
			}
		})
	}
}

// wait waits for something to do, and returns what has come on connections.
func (p *Poller) wait() []epollEvent {
	now := time.Now()
	if p.owed > 0 && (p.conns.inFlight == 0 || p.owed >= handOverAt || now.Sub(p.since) >= handOverAfter) {
		p.handOver()
	}
	if p.conns.inFlight == 0 {
		if p.goTo(onChannel) {
			<-p.stirs
		}
		return nil
	}
	timeout := p.timeout(now)
	if !p.goTo(inEpoll) {
		timeout = 0
	}
	events := p.epoll.wait(timeout)
	p.mu.Lock()
	p.rest = atWork
	p.mu.Unlock()
	return events
}

// goTo notes how the goroutine is going to wait, unless there is work.
func (p *Poller) goTo(r rest) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.asked) > 0 || p.left || p.over {
		return false
	}
	p.rest = r
	return true
}

// timeout is how long nothing is to be done unless something comes.
func (p *Poller) timeout(now time.Time) time.Duration {
	wait := time.Duration(-1)
	if next := p.limits.next(); !next.IsZero() {
		wait = max(0, next.Sub(now))
	}
	if p.owed > 0 {
		if due := max(0, handOverAfter-now.Sub(p.since)); wait < 0 || due < wait {
			wait = due
		}
	}
	return wait
}

// end makes the goroutine of Run see that its context has ended.
func (p *Poller) end() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.over = true
	p.wake()
}

// wake wakes the goroutine of Run if it waits. The caller holds mu.
func (p *Poller) wake() {
	switch p.rest {
	case onChannel:
		p.stirs <- struct{}{}
	case inEpoll:
		p.epoll.stir()
	}
	p.rest = atWork
}

// leave has what ended askers asked dropped.
func (p *Poller) leave() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.left = true
	p.wake()
}

// owe notes an answer, to be handed over soon.
func (p *Poller) owe(a *Asker, answer Answer) {
	if len(a.made) == 0 {
		p.owing = append(p.owing, a)
	}
	if p.owed == 0 {
		p.since = answer.At
	}
	a.made = append(a.made, answer)
	p.owed++
}

// handOver gives all askers the answers they have not got.
func (p *Poller) handOver() {
	for _, a := range p.owing {
		a.get()
	}
	clear(p.owing)
	p.owing, p.owed = p.owing[:0], 0
}

// close drops what is in flight and gives everything back.
func (p *Poller) close() {
	p.conns.each(p.drop)
	p.epoll.close()
	hearBuffers.Put(p.heard)
}

// pollOnce runs one check in the goroutine of the caller, until ctx ends.
func pollOnce(ctx context.Context, c polled, to Target) Result {
	if ctx.Err() != nil {
		return start(ctx).stopped()
	}
	p := NewPoller()
	defer p.close()
	defer context.AfterFunc(ctx, p.end)()
	a := &Asker{poller: p, ctx: ctx}
	p.begin(Question{Check: c, Target: to, asker: a})
	for len(a.made) == 0 && ctx.Err() == nil {
		p.goOn()
	}
	if len(a.made) > 0 {
		r := a.made[0].Result
		r.Took = 0
		return r
	}
	r := start(ctx)
	p.conns.each(func(c *conn) { r.steps = c.steps() })
	return r.stopped()
}
