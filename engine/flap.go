package engine

import (
	"fmt"
	"time"
)

// HoldDown keeps a server that goes down again and again out for longer each
// time. The zero HoldDown never does.
type HoldDown struct {
	Base   time.Duration // for the second time; twice as long for each one more
	Max    time.Duration // no time is longer; Base or more
	Forget time.Duration // so long up and one time is forgotten; above zero
}

// flaps returns the flap score of a server that goes down: how often it did,
// less once for each Forget it has been up since it came back.
func (d HoldDown) flaps(before int, up time.Duration) int {
	return max(0, before-int(up/d.Forget)) + 1
}

// hold returns how long a server of a flap score is kept down. The first time
// costs nothing.
func (d HoldDown) hold(flaps int) time.Duration {
	if flaps < 2 {
		return 0
	}
	hold := d.Base
	for range flaps - 2 {
		if hold >= d.Max/2 {
			return d.Max
		}
		hold *= 2
	}
	return min(hold, d.Max)
}

// course is what of a server's state is a matter of time alone. A server has
// one from when it first goes down, if it is to be held down or to start
// slowly.
type course struct {
	flaps     int
	held      time.Duration // how long it is held down; zero: it is not
	heldUntil time.Time
	rampSince time.Time // when it came up; zero: it has its whole weight
	due       timed     // the end of the hold, or the next step of the ramp

	fell        time.Time // when it last went down; zero: it has not, or that is forgiven
	flapsBefore int       // then
	rampBefore  time.Time
}

// holds tells whether the server is held down.
func (c *course) holds(now time.Time) bool { return c != nil && now.Before(c.heldUntil) }

// reason says why a server is down whose checks are up.
func (c *course) reason(of string) string {
	return fmt.Sprintf("held down %v, went down %d times: %s", c.held, c.flaps, of)
}

// wentDown begins the hold of a server that was up for so long.
func (c *course) wentDown(d HoldDown, up time.Duration, now time.Time) {
	c.fell, c.rampBefore, c.rampSince = now, c.rampSince, time.Time{}
	if d.Base == 0 {
		return
	}
	c.flaps = d.flaps(c.flaps, up)
	c.flapsBefore = c.flaps - 1
	c.held = d.hold(c.flaps)
	c.heldUntil = now.Add(c.held)
}

// turn is what a server comes from when its state turns.
type turn struct {
	old    State
	lasted time.Duration
	failed bool // it was down because a check had failed
}

// turnedOver begins what the turn of a server's state brings with time.
func (l *loop) turnedOver(srv *server, s *service, from turn, now time.Time) {
	d := srv.decl
	if d.HoldDown.Base == 0 && d.SlowStart == 0 {
		return
	}
	if srv.course == nil {
		srv.course = l.newCourse(srv)
	}
	switch {
	case srv.state == StateDown && from.old == StateUp:
		srv.course.wentDown(d.HoldDown, from.lasted, now)
	case srv.state == StateUp && (from.failed || from.old == StateMaintenance) && d.SlowStart > 0:
		srv.course.rampSince = now
	}
	l.awaitCourse(srv, now)
}

func (l *loop) newCourse(srv *server) *course {
	c := &course{}
	c.due.run = func(now time.Time) {
		if l.judge(srv, srv.service, now) {
			l.touch(srv.service)
		}
		l.awaitCourse(srv, now)
	}
	return c
}

// awaitCourse makes the loop look at a server when its course has got further.
func (l *loop) awaitCourse(srv *server, now time.Time) {
	c, next := srv.course, time.Time{}
	switch {
	case c.holds(now):
		next = c.heldUntil
	case !c.rampSince.IsZero():
		next = now.Add(rampStep(srv.decl.SlowStart))
	}
	l.queue.put(&c.due, next)
}

// inheritCourse goes on with the course of the same server before a reload, as
// far as its settings still ask for one.
func (l *loop) inheritCourse(srv *server, old *course, now time.Time) {
	hold, ramp := srv.decl.HoldDown.Base > 0, srv.decl.SlowStart > 0
	if old == nil {
		return
	}
	l.queue.take(&old.due)
	if srv.course = nil; !hold && !ramp {
		return
	}
	c := l.newCourse(srv)
	if srv.course, c.fell = c, old.fell; hold {
		c.flaps, c.held, c.heldUntil, c.flapsBefore = old.flaps, old.held, old.heldUntil, old.flapsBefore
	}
	if ramp {
		c.rampSince, c.rampBefore = old.rampSince, old.rampBefore
	}
	l.awaitCourse(srv, now)
}
