package engine

import (
	"context"
	"log/slog"
	"net/netip"
	"sync"
	"time"

	"luavs/checks/filewatch"
	"luavs/ipvs"
)

const (
	// ResyncEvery is how often the kernel's table is usually read anew, and so the
	// longest time that somebody else's change of a service of ours stands.
	ResyncEvery = 5 * time.Second

	// decideWithin bounds one decision.
	decideWithin = 10 * time.Second

	// burst is how many messages the loop takes in before it acts on them.
	burst = 1024
)

// A message is work for the loop: an answer of a probe, a decision, or a
// question from outside.
type message func()

// loop runs one policy. Its goroutine alone touches the fields below inbox.
type loop struct {
	name    string
	kernel  Kernel
	paths   *paths   // shared by all loops
	pulse   *pulse   // shared by all loops
	records *records // shared by all loops
	log     *slog.Logger
	home    home            // nil: nothing is known of it
	life    context.Context // ends with the loop
	views   sync.Map        // ipvs.ServiceKey to *service, for readers; only what it shows is theirs
	tasks   sync.WaitGroup  // probes, deciders, jobs
	inbox   chan message
	rests   chan struct{} // closed when the loop does nothing more, though what it started may not have ended

	services map[ipvs.ServiceKey]*service
	order    []ipvs.ServiceKey            // of the services, as declared
	leaving  map[ipvs.ServiceKey]*service // no longer declared, but perhaps still in the kernel
	touched  map[*service]bool            // to be acted on by settle
	joining  map[*service]bool            // to whom others may belong now; settle sees to it
	shared   sharing                      // while servers are made
	loose    []*watch                     // while servers are made: those that may not be declared any more
	said     said
	kept     map[ipvs.ServiceKey]*Kept // what is kept of our services, also of those that leave
	insecure map[ipvs.ServiceKey]bool  // services that wait until the disk knows them
	securing bool                      // the disk is asked
	unkept   map[*service]bool         // of which what is kept may be out of date, besides the touched
	queue    queue
	gate     gate
	lateness lateness
	counted  counted
	network  isolated
	addrs    map[netip.Addr]bool // addresses of this machine, by the last look
	still    standstill          // the last one that the loop has heard of
	polling  polling
	jobs     map[*job]bool
	marks    marks
	drains   drainWatch
	files    *filewatch.Watcher[reader] // nil until something lies in files

	term      context.Context // ends when the config in force is replaced
	endTerm   context.CancelFunc
	turn      int       // counts configs; answers to an earlier one are void
	since     time.Time // when the config was put in force
	restarted string    // see [Config]
	observer  Observer
	handle    *Handle

	events     []event           // not told yet
	afterwards []func()          // to be called once the loop has acted
	unread     bool              // the table is to be read before the loop acts
	round      []ipvs.ServiceKey // services that are to be read when there is time
	unreadable string            // why the last reading came to nothing; empty if it did not
}

func newLoop(ctx context.Context, name string, kernel Kernel, paths *paths, pulse *pulse, records *records, log *slog.Logger) *loop {
	l := &loop{
		name: name, kernel: kernel, paths: paths, pulse: pulse, records: records, log: log.With("policy", name), life: ctx,
		inbox:    make(chan message),
		rests:    make(chan struct{}),
		services: map[ipvs.ServiceKey]*service{},
		leaving:  map[ipvs.ServiceKey]*service{},
		touched:  map[*service]bool{},
		joining:  map[*service]bool{},
		kept:     map[ipvs.ServiceKey]*Kept{},
		insecure: map[ipvs.ServiceKey]bool{},
		unkept:   map[*service]bool{},
		jobs:     map[*job]bool{},
		marks:    marks{},
		said:     said{},
		gate:     newGate(probesAtOnce),
	}
	l.term, l.endTerm = context.WithCancel(ctx)
	return l
}

// run serves the policy until its context ends, and returns when everything it
// started has ended.
func (l *loop) run() {
	defer l.tasks.Wait()
	defer l.seat(nil)
	defer func() { l.endTerm() }()
	defer close(l.rests)
	resync := time.NewTicker(l.paths.again)
	defer resync.Stop()
	alarm := newAlarm()
	defer alarm.stop()
	var ran time.Time // when something was due last
	for {
		select {
		case <-l.life.Done():
			return
		case m := <-l.inbox:
			l.look()
			l.takeIn(m)
		case <-l.polling.ready():
			l.look()
			l.takeAnswers()
		case now := <-alarm.rings():
			l.look()
			alarm.rang(now)
		case now := <-resync.C:
			l.look()
			l.readRound()
			l.lookHome()
			l.calm(now)
			l.decideAgain()
			l.renewViews()
		}
		now := time.Now()
		if !now.Before(ran.Add(together)) && l.ring(now) {
			ran = now
		}
		l.polling.flush()
		l.settle()
		alarm.set(l.wakes(ran))
	}
}

// wakes returns when the loop is to go on by itself: when the next thing is
// due, but some time after what ran last, when the poller wants it, or at once
// while there is more to read. Zero is never.
func (l *loop) wakes(ran time.Time) time.Time {
	if l.unread || len(l.round)+len(l.joining) > 0 {
		return time.Now()
	}
	next, again := l.queue.next(), l.polling.again
	if !next.IsZero() {
		next = later(next, ran.Add(together))
	}
	if next.IsZero() || !again.IsZero() && again.Before(next) {
		return again
	}
	return next
}

// takeIn takes in a message and those that wait behind it, so that what
// happened at once is acted on once.
func (l *loop) takeIn(m message) {
	m()
	for range burst {
		select {
		case m = <-l.inbox:
			m()
		default:
			return
		}
	}
}

// send gives the loop a message; it is dropped if the loop has ended.
func (l *loop) send(m message) {
	select {
	case l.inbox <- m:
	case <-l.life.Done():
	}
}

// do runs f in the loop, lets the loop act on what f did, and returns f's
// answer.
func (l *loop) do(ctx context.Context, f func() error) error {
	done := make(chan error, 1)
	return l.await(ctx, done, func() {
		err := f()
		l.afterwards = append(l.afterwards, func() { done <- err })
	})
}

// doAfter runs f in the loop once the loop has acted on what it was told before,
// and returns f's answer.
func (l *loop) doAfter(ctx context.Context, f func() error) error {
	done := make(chan error, 1)
	return l.await(ctx, done, func() {
		l.afterwards = append(l.afterwards, func() { done <- f() })
	})
}

// await gives the loop a message, and waits until that is done.
func (l *loop) await(ctx context.Context, done <-chan error, m message) error {
	select {
	case l.inbox <- m:
	case <-l.life.Done():
		return ErrNotInForce
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	return <-done
}

// touch notes that something of a service changed: readers get a new view, its
// decider is asked again, and the kernel is brought in line.
func (l *loop) touch(s *service) {
	s.dirty = true
	l.touched[s] = true
}

// settle acts on what has changed since it was last called.
func (l *loop) settle() {
	switch {
	case l.unread:
		l.read()
	case l.drains.unread:
		l.readDrains()
	case len(l.round) > 0:
		l.readNext()
	}
	l.enrolAll()
	for s := range l.touched {
		s.changed()
	}
	l.tell()
	for s := range l.touched {
		l.decide(s)
	}
	l.keep()
	l.reconcile()
	l.keep() // what came of that
	l.forget()
	l.tell()
	for _, f := range l.afterwards {
		f()
	}
	l.afterwards = nil
}
