package checks

import (
	"errors"
	"fmt"
	"net/netip"
	"time"

	"golang.org/x/sys/unix"
)

// A conn is a run of a [Poller]: a socket and what is said over it.
type conn struct {
	Question
	dialogue  dialogue
	to        netip.AddrPort // the address that is asked
	socket    socket
	connected bool
	known     bool   // that the connection is not to itself
	speaks    bool   // it is our turn
	said      int    // bytes of what is to be said
	unread    bool   // more may have come than was read
	events    uint32 // that the epoll speaks of
	fresh     bool   // its asker looks at it before the epoll knows it
	slot      int32
	place     int // among the deadlines, plus one
	started   time.Time
	deadline  time.Time // zero: none
}

// begin begins a run and takes it as far as it goes without waiting. On this
// machine a connection is there at once, so the epoll is asked last.
func (p *Poller) begin(q Question) {
	c := p.conns.add()
	c.Question, c.started = q, time.Now()
	c.dialogue = q.Check.(polled).dialogue()
	way := c.dialogue.way()
	c.to = way.to(q.Target)
	if q.Limit > 0 {
		c.deadline = c.started.Add(q.Limit)
	}
	s, err := openSocket(way, q.Target)
	if err != nil {
		p.finish(c, err)
		return
	}
	c.socket, c.speaks = s, true
	p.text = c.dialogue.say(p.text[:0], c.to)
	if _, bare := c.dialogue.(*bare); bare || len(p.text) > 0 {
		s.spareTheServer()
	}
	if err := s.connect(c.to); err != nil && err != errInProgress {
		p.finish(c, err)
		return
	}
	p.utter(c)
}

// proceed goes on with a run of which the epoll has spoken.
func (p *Poller) proceed(c *conn, events uint32) {
	if c.speaks && !p.speak(c) {
		return
	}
	p.hear(c, events&(unix.EPOLLRDHUP|unix.EPOLLHUP|unix.EPOLLERR) != 0)
}

// speak says what is to be said, and tells whether it is time to listen.
func (p *Poller) speak(c *conn) bool {
	p.text = c.dialogue.say(p.text[:0], c.to)
	return p.utter(c)
}

// utter says the text of the poller, and what the dialogue says after it.
func (p *Poller) utter(c *conn) bool {
	for {
		err := c.say(p.text)
		switch {
		case err == errAgain || err == errInProgress:
			p.watch(c, unix.EPOLLIN|unix.EPOLLOUT|unix.EPOLLRDHUP)
			return false
		case err != nil:
			p.finish(c, err)
			return false
		}
		c.said = 0
		next, err := c.dialogue.sent()
		if err != nil || next == over {
			p.finish(c, err)
			return false
		}
		if c.speaks = next == speak; !c.speaks {
			return p.watch(c, unix.EPOLLIN|unix.EPOLLRDHUP)
		}
		p.text = c.dialogue.say(p.text[:0], c.to)
	}
}

// say sends what is not sent of text. Where there is any, sending it tells
// whether the connection is there.
func (c *conn) say(text []byte) error {
	if !c.connected && len(text) == 0 {
		err := c.socket.connect(c.to)
		if err != nil && err != unix.EISCONN {
			return err
		}
	}
	for c.said < len(text) {
		n, err := c.socket.send(text[c.said:])
		if err != nil {
			c.connected = c.connected || err == unix.EPIPE || err == unix.ECONNRESET
			return err
		}
		c.connected = true
		c.said += n
	}
	if !c.known {
		c.known = true
		if c.socket.toItself(c.to) {
			return errRefused
		}
	}
	c.connected = true
	return nil
}

// hear reads what has come. The epoll speaks of new bytes only, so all is read
// that is there; end says that the end of the stream is there too.
func (p *Poller) hear(c *conn, end bool) {
	for {
		n, err := c.socket.receive(p.heard[:])
		switch {
		case err == errAgain:
			return
		case err != nil:
			p.finish(c, err)
			return
		case n == 0:
			p.finish(c, c.dialogue.ended(false))
			return
		}
		c.unread = n == len(p.heard)
		next, err := c.dialogue.hear(p.heard[:n])
		if err != nil || next == over {
			p.finish(c, err)
			return
		}
		if c.speaks = next == speak; c.speaks && !p.speak(c) {
			return
		}
		if !c.unread && !end {
			return
		}
	}
}

// watch has the epoll speak of a connection from now on, or if it is one of a
// crowd that begins, after a while.
func (p *Poller) watch(c *conn, events uint32) bool {
	if c.fresh || c.events&events == events {
		return true
	}
	if p.crowd && c.events == 0 {
		c.await()
		return true
	}
	if err := p.epoll.watch(c.socket, c.slot, events|unix.EPOLLET, c.events != 0); err != nil {
		p.finish(c, fmt.Errorf("epoll: %w", err))
		return false
	}
	if c.events == 0 {
		p.limits.put(c)
	}
	c.events = events
	return true
}

// await has the asker look at a run soon.
func (c *conn) await() {
	a, look := c.asker, c.look()
	if a.fresh = append(a.fresh, c.slot); a.look.IsZero() || look.Before(a.look) {
		a.look = look
	}
	c.fresh = true
}

// look is when the asker looks at a run that the epoll does not know.
func (c *conn) look() time.Time {
	if look := c.started.Add(soon); c.deadline.IsZero() || look.Before(c.deadline) {
		return look
	}
	return c.deadline
}

// excuse gives a run the time that its asker comes late to look at it: nobody
// has listened to the server meanwhile, nor perhaps asked it anything.
func (c *conn) excuse(now time.Time) {
	if late := now.Sub(c.look()); late > 0 && !c.deadline.IsZero() {
		c.deadline = c.deadline.Add(late)
	}
}

// errLate is the end of a run whose limit has passed.
var errLate = errors.New("no answer in time")

// expire ends the runs whose limit has passed. Whose answer has come by now, and
// was not read yet because there were many or we were slow, has answered.
func (p *Poller) expire(now time.Time) {
	for c := p.limits.passed(now); c != nil; c = p.limits.passed(now) {
		slot := c.slot
		if p.proceed(c, 0); p.conns.at(slot) == c {
			c.unread = true
			p.finish(c, errLate)
		}
	}
}

// finish ends a run: nil is a pass.
func (p *Poller) finish(c *conn, err error) {
	now := time.Now()
	answer := Answer{For: c.For, Result: c.result(err), Started: c.started, At: now}
	answer.Result.Took = now.Sub(c.started)
	p.owe(c.asker, answer)
	c.hangUp(p.heard[:])
	p.release(c)
}

// drop ends a run without an answer.
func (p *Poller) drop(c *conn) {
	c.unread = true
	c.hangUp(p.heard[:])
	p.release(c)
}

func (p *Poller) release(c *conn) {
	p.limits.take(c)
	c.dialogue.free()
	p.conns.remove(c)
}

// result is what came of the run.
func (c *conn) result(err error) Result {
	switch {
	case err == nil:
		return Result{Outcome: Pass, Reason: c.dialogue.passed()}
	case err == errLate:
		return late(fmt.Sprintf("no answer within %v", c.Limit), c.steps())
	}
	return failure(err, c.steps())
}

// steps are how far the run has come.
func (c *conn) steps() []string {
	if !c.connected {
		return nil
	}
	return c.dialogue.progress([]string{connectedStep})
}

// hangUp closes the connection. What has come and was not read is thrown away
// first, or the kernel would close with a reset (RFC 2525, 2.17), which servers
// log. Only where the server's program does not know of the connection is a
// reset right.
func (c *conn) hangUp(buf []byte) {
	if c.socket < 0 {
		return
	}
	if _, bare := c.dialogue.(*bare); bare {
		c.socket.forget()
		return
	}
	if c.unread { // no endless sender keeps us
		c.socket.receive(buf)
	}
	c.socket.close()
}
