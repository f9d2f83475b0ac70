package engine

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"luavs/checks"
)

const (
	// beatEvery is how often it is looked whether time goes on as it should.
	beatEvery = 250 * time.Millisecond

	// standsAfter is how long nothing of ours may run, or by how much the clock
	// may be set, before that counts as a standstill.
	standsAfter = time.Second

	// wakingUp is how long after a standstill fails count for nothing: a machine
	// that comes back may be there before its network is.
	wakingUp = time.Second

	// mostVoid is how many fails of a check in a row count for nothing. On a
	// machine that stands still again and again they must count some day.
	mostVoid = 5

	// sayEvery is how often standstills are logged at most, and saySteps how often
	// those in which the clock was set.
	sayEvery = time.Minute
	saySteps = time.Second
)

// A standstill is a time that went by without us: the process was stopped, the
// machine suspended or too busy, or the clock was set.
type standstill struct {
	number int           // counts them; 0: there was none
	ended  time.Time     // when it was over
	stood  time.Duration // for how long nothing of ours ran
	moved  time.Duration // by how much the clock was set, against the time that passed
}

// pulse knows of standstills. Its beats and whoever asks tell it that time goes
// on, so that nobody who comes first after one takes its timeouts for answers.
type pulse struct {
	log *slog.Logger

	mu   sync.Mutex // guards what follows
	seen time.Time  // when somebody looked last
	last standstill
	said time.Time // when one was logged
}

func newPulse(log *slog.Logger) *pulse { return &pulse{log: log, seen: time.Now()} }

// run beats until ctx ends.
func (p *pulse) run(ctx context.Context) {
	beat := time.NewTicker(beatEvery)
	defer beat.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-beat.C:
			p.look(time.Now())
		}
	}
}

// look returns the last standstill, which may have ended just now.
func (p *pulse) look(now time.Time) standstill {
	s, say := p.see(now)
	if say {
		p.log.Warn("time stood still for LuaVS: it was stopped, the machine was suspended or too busy, or its clock was set; fails of checks that were under way count for nothing",
			"stopped", s.stood.Round(time.Millisecond), "clock set by", s.moved.Round(time.Millisecond))
	}
	return s
}

// see returns the last standstill, and whether it is to be logged.
func (p *pulse) see(now time.Time) (last standstill, say bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	passed, wall := now.Sub(p.seen), now.Round(0).Sub(p.seen.Round(0))
	if passed < 0 {
		return p.last, false // somebody was here who asked for the time later
	}
	p.seen = now
	stood, moved := stoodStill(passed, wall)
	if stood == 0 && moved == 0 {
		return p.last, false
	}
	p.last = standstill{number: p.last.number + 1, ended: now, stood: stood, moved: moved}
	return p.last, p.says(moved, now)
}

// says tells whether a standstill is to be logged in which the clock was set by so
// much. That it was is never passed over: times of day are others now.
func (p *pulse) says(moved time.Duration, now time.Time) bool {
	pause := sayEvery
	if moved != 0 {
		pause = saySteps
	}
	if !p.said.IsZero() && now.Sub(p.said) < pause {
		return false
	}
	p.said = now
	return true
}

// stoodStill returns for how long nobody looked, and by how much the clock on
// the wall moved against the time that passed; zero for what is nothing out of
// the ordinary. A suspended machine's clocks differ: time passes on the wall
// alone (CLOCK_MONOTONIC of clock_gettime(2)).
func stoodStill(passed, wall time.Duration) (stood, moved time.Duration) {
	if passed > standsAfter {
		stood = passed
	}
	if d := wall - passed; d.Abs() > standsAfter {
		moved = d
	}
	return stood, moved
}

// look learns of a standstill. The loop calls it before it takes in anything.
func (l *loop) look() {
	now := time.Now()
	if s := l.pulse.look(now); s.number != l.still.number {
		l.still = s
		l.spread(now)
	}
}

// void tells whether an answer counts for nothing, because the run was under
// way in a standstill or soon after.
func (l *loop) void(w *watch, r checks.Result, now time.Time) bool {
	stood := l.still.number > 0 && now.Add(-r.Took).Before(l.still.ended.Add(wakingUp))
	if r.Outcome != checks.Fail || !stood || w.void == mostVoid {
		w.void = 0
		return false
	}
	w.void++
	return true
}

// spread makes due anew what has become due in a standstill, as at the start,
// and what waits for a time of day that the clock, which was set, shows at
// another time.
func (l *loop) spread(now time.Time) {
	for _, srv := range l.servers() {
		for _, w := range srv.checks {
			l.spreadCheck(w, now)
		}
	}
	for j := range l.jobs {
		l.again(j, j.Schedule, now)
	}
}

func (l *loop) spreadCheck(w *watch, now time.Time) {
	_, isEvery := w.check.Schedule.(Every)
	if !isEvery && l.still.moved != 0 {
		w.beat = time.Time{}
	}
	if !w.due.taken() { // it runs
		return
	}
	if w.check.awaits() > 0 {
		l.queue.put(w, now.Add(w.check.awaits()))
		return
	}
	if !isEvery {
		l.again(w, w.check.Schedule, now)
	}
	if w.due.taken() && !l.queue.when(w).After(now) {
		l.queue.put(w, w.rhythm().first(now))
	}
}

// again makes due anew what waits for a time of day, if the clock was set: at
// once if it has gone by on the clock, else at the next one.
func (l *loop) again(t timer, s Schedule, now time.Time) {
	if l.still.moved == 0 || !t.seat().taken() {
		return
	}
	next := s.Next(now)
	if next != next.Round(0) {
		return // by the monotonic clock: a pause, which goes on
	}
	if was := l.queue.when(t).Round(0); !was.After(now.Round(0)) {
		next = was
	}
	l.queue.put(t, anchored(next, now))
}
