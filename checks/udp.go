package checks

import (
	"context"
	"errors"
	"fmt"
	"os"
	"regexp"

	"golang.org/x/sys/unix"
)

// maxDatagram is the largest payload of UDP over IPv4.
const maxDatagram = 65507

// UDP sends one datagram and passes when the answer will do. Only what comes
// from the address that was asked is an answer, and only the first.
//
// Where no answer is needed it passes unless the port or the host is reported
// unreachable within the timeout, all of which it waits.
type UDP struct {
	Route                      // whom to ask
	Send        []byte         // the datagram, which may be empty
	Reply       bool           // an answer is needed, whatever it is; anything below needs one too
	Expect      []byte         // the answer has to hold this text,
	ExpectMatch *regexp.Regexp // match this,
	ExpectHex   Hex            // hold these bytes,
	MinLength   int            // have so many bytes
	MaxLength   int            // and no more than so many; 0 is any number
}

// Mistakes joins all that is wrong with the settings, each on a line of its
// own that begins with the setting's name in a policy.
func (c UDP) Mistakes() error {
	return errors.Join(
		c.Route.Mistakes(),
		mistake(len(c.Send) <= maxDatagram, "send: %d bytes are more than a datagram has (%d)", len(c.Send), maxDatagram),
		mistake(c.MinLength >= 0 && c.MinLength <= maxDatagram, "min_length %d: want 0 to %d bytes", c.MinLength, maxDatagram),
		mistake(c.MaxLength >= 0 && c.MaxLength <= maxDatagram, "max_length %d: want 0 to %d bytes", c.MaxLength, maxDatagram),
		mistake(c.MaxLength == 0 || c.MinLength <= c.MaxLength, "max_length %d: is below min_length %d", c.MaxLength, c.MinLength),
	)
}

// String is the identity of the check.
func (c UDP) String() string {
	var id identity
	id.word("udp")
	id.route(c.Route)
	id.bytes("send", c.Send)
	id.flag("reply", c.Reply)
	id.bytes("expect", c.Expect)
	id.pattern("expect_match", c.ExpectMatch)
	id.field("expect_hex", c.ExpectHex.text)
	id.number("min_length", c.MinLength, 0)
	id.number("max_length", c.MaxLength, 0)
	return id.String()
}

// Check implements [Check].
func (c UDP) Check(ctx context.Context, t Target) Result {
	r := start(ctx)
	if err := c.ask(r, t); err != nil {
		return r.failed(err)
	}
	return r.passed()
}

func (c UDP) ask(r *run, t Target) error {
	s, hangUp, err := r.openDatagrams(c.Route, c.Route.to(t), unix.SOCK_DGRAM, 0)
	if err != nil {
		return err
	}
	defer hangUp()
	if err := s.send(c.Send); err != nil {
		return err
	}
	r.reach("%d bytes sent", len(c.Send))
	answer, err := s.receive()
	if !c.needsReply() && r.timedOut(err) {
		r.reach("no refusal")
		return nil
	}
	if err != nil {
		return err
	}
	return c.judge(r, answer)
}

func (c UDP) needsReply() bool {
	return c.Reply || len(c.Expect) > 0 || c.ExpectMatch != nil || c.ExpectHex.text != "" || c.MinLength > 0 || c.MaxLength > 0
}

// judge looks at an answer, which is whole.
func (c UDP) judge(r *run, answer []byte) error {
	if n := len(answer); n < c.MinLength || c.MaxLength > 0 && n > c.MaxLength {
		return faultf(Body, "answer: %d bytes, want %s", n, c.lengths())
	}
	if w := (want{c.Expect, c.ExpectMatch, c.ExpectHex}); !w.in(answer) {
		return faultf(Body, "answer: %s", w.missing(answer, maxDatagram+1))
	}
	r.reach("answer of %d bytes", len(answer))
	return nil
}

func (c UDP) lengths() string {
	switch {
	case c.MaxLength == 0:
		return fmt.Sprintf("%d or more", c.MinLength)
	case c.MinLength == 0:
		return fmt.Sprintf("at most %d", c.MaxLength)
	}
	return fmt.Sprintf("%d to %d", c.MinLength, c.MaxLength)
}

// timedOut reports whether err means that the run had all its time.
func (r *run) timedOut(err error) bool {
	if !errors.Is(err, os.ErrDeadlineExceeded) {
		return false
	}
	<-r.ctx.Done()
	return errors.Is(r.ctx.Err(), context.DeadlineExceeded)
}
