package checks

import (
	"context"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

const (
	// handOverAt and handOverAfter say when answers are handed over: when so many
	// have come, when the first of them is so old, or when nothing is in flight.
	// Each handing over wakes a goroutine, which costs as much as a check.
	handOverAt    = 64
	handOverAfter = 2 * time.Millisecond

	// Runs that begin in such a crowd are looked at together after a while, by
	// who asked, and only those that are not over by then trouble the epoll: near
	// servers have answered, and a process that is woken for each answer pays for
	// that more than for the check. Their answers are so much older.
	crowdSize = 8
	soon      = 5 * time.Millisecond
)

// A Poller runs checks that need a bare connection, thousands at once, on raw
// sockets and an epoll of its own: a run costs no goroutine, no context, no
// timer, and in the long run no memory. [NewPoller] makes one.
//
// A run begins in the goroutine that asks, which takes it as far as it goes
// without waiting: on this machine, and for a connection alone, to its end.
// What has to wait is the work of the goroutine of Run, which waits on a
// channel while nothing is in flight. Any goroutine may make an [Asker].
type Poller struct {
	mu    sync.Mutex // held by whoever is at work, not while Run waits
	left  bool       // an asker's context has ended
	over  bool       // that of Run has
	rest  rest
	until time.Time // when Run goes on by itself, in the epoll; zero: never
	crowd bool      // of runs that begin
	stirs chan struct{}

	epoll  epoll
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
		p.goOn()
	}
}

// goOn waits, and goes on with what has come.
func (p *Poller) goOn() {
	events := p.wait()
	p.mu.Lock()
	defer p.mu.Unlock()
	p.rest = atWork
	for _, event := range events {
		if c := p.conns.at(event.Fd); c != nil {
			p.proceed(c, event.Events)
		}
	}
	now := time.Now()
	p.expire(now)
	p.dropLeft()
	if p.owed > 0 && (p.conns.inFlight == 0 || p.owed >= handOverAt || now.Sub(p.since) >= handOverAfter) {
		p.handOver()
	}
}

// serve goes on with what an asker has put before and begins what it puts now,
// hands over the answers of what ended at once, and wakes the goroutine of Run
// if it would miss something.
func (p *Poller) serve(a *Asker) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.over || a.ctx.Err() != nil {
		a.fresh, a.look = nil, time.Time{}
		return
	}
	p.lookAtFresh(a)
	p.crowd = len(a.asked) >= crowdSize
	for _, q := range a.asked {
		p.begin(q)
	}
	p.crowd = false
	p.handOver()
	switch {
	case p.rest == inEpoll:
		p.await()
	case p.rest == onChannel && p.epoll.open:
		p.wake()
	}
}

// lookAtFresh goes on with the runs of an asker that the epoll does not know
// yet, if it is time to.
func (p *Poller) lookAtFresh(a *Asker) {
	if len(a.fresh) == 0 {
		return
	}
	now := time.Now()
	if now.Before(a.look) {
		return
	}
	for _, slot := range a.fresh {
		c := p.conns.at(slot)
		c.fresh = false
		c.excuse(now)
		if p.proceed(c, 0); p.conns.at(slot) == c && c.events == 0 {
			p.watch(c, unix.EPOLLIN|unix.EPOLLRDHUP)
		}
	}
	a.fresh, a.look = a.fresh[:0], time.Time{}
}

// await has the goroutine of Run wait until the first thing that is due.
func (p *Poller) await() {
	until := p.limits.next()
	if due := p.since.Add(handOverAfter); p.owed > 0 && (until.IsZero() || due.Before(until)) {
		until = due
	}
	if p.rest != inEpoll || until != p.until {
		p.rest, p.until = inEpoll, until
		p.epoll.limit(until)
	}
}

// dropLeft drops what nobody waits for any more.
func (p *Poller) dropLeft() {
	if !p.left {
		return
	}
	p.left = false
	p.conns.each(func(c *conn) {
		if c.asker.ctx.Err() != nil {
			p.drop(c)
		}
	})
}

// wait waits for something to do, and returns what has come on connections.
func (p *Poller) wait() []epollEvent {
	switch p.goTo() {
	case onChannel:
		<-p.stirs
	case inEpoll:
		return p.epoll.wait()
	}
	return nil
}

// goTo notes how the goroutine of Run is going to wait, and until when. It has
// nothing to do with files before there was a run that had to wait, so that
// time may be virtual.
func (p *Poller) goTo() rest {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case p.left || p.over:
	case p.epoll.open:
		p.await()
	default:
		p.rest = onChannel
	}
	return p.rest
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
		p.epoll.limit(time.Unix(1, 0))
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
	p.mu.Lock()
	defer p.mu.Unlock()
	p.over = true
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
	for p.conns.inFlight > 0 && ctx.Err() == nil {
		p.goOn()
	}
	p.handOver()
	if answers := a.Answers(nil); len(answers) > 0 {
		r := answers[0].Result
		r.Took = 0
		return r
	}
	r := start(ctx)
	p.conns.each(func(c *conn) { r.steps = c.steps() })
	return r.stopped()
}
