package checks

import (
	"context"
	"errors"
	"io"
	"regexp"
	"slices"
)

// TCP passes when a connection opens and, if anything is expected, when the
// server's answer holds it. The zero TCP asks for a connection only.
//
// The answer is read until it holds all that is expected, or ends, or is
// longer than [DefaultLimit]. A pattern is tried on what has arrived so far,
// so $ matches there: end it with the protocol's own line end.
type TCP struct {
	Route                      // whom to ask
	Proxy       ProxyProtocol  // the header that goes first
	Send        []byte         // sent after connecting
	Expect      []byte         // the answer has to hold this text
	ExpectMatch *regexp.Regexp // the answer has to match this
}

// String is the identity of the check.
func (c TCP) String() string {
	var id identity
	id.word("tcp")
	id.route(c.Route)
	id.field("proxy_protocol", string(c.Proxy))
	id.bytes("send", c.Send)
	id.bytes("expect", c.Expect)
	id.pattern("expect_match", c.ExpectMatch)
	return id.String()
}

// Check implements [Check].
func (c TCP) Check(ctx context.Context, t Target) Result {
	r := start(ctx)
	if err := c.talk(r, t); err != nil {
		return r.failed(err)
	}
	return r.passed()
}

func (c TCP) talk(r *run, t Target) error {
	conn, hangUp, err := r.dial(c.Route, t)
	if err != nil {
		return err
	}
	defer hangUp()
	if err := r.introduce(conn, c.Proxy); err != nil {
		return err
	}
	if len(c.Send) > 0 {
		if _, err := conn.Write(c.Send); err != nil {
			return err
		}
		r.reach("%d bytes sent", len(c.Send))
	}
	return r.await(conn, want{text: c.Expect, pattern: c.ExpectMatch})
}

// await reads until the answer holds what is wanted.
func (r *run) await(server io.Reader, w want) error {
	var answer []byte
	for !w.in(answer) {
		if len(answer) == DefaultLimit {
			return faultf(Body, "answer: %s", w.missing(answer, DefaultLimit))
		}
		if len(answer) == cap(answer) {
			answer = slices.Grow(answer, max(512, len(answer)))
		}
		n, err := server.Read(answer[len(answer):min(cap(answer), DefaultLimit)])
		answer = answer[:len(answer)+n]
		switch {
		case errors.Is(err, io.EOF):
			return faultf(Body, "answer: %s, then the server closed", w.missing(answer, DefaultLimit))
		case err != nil:
			r.reach("%d bytes received, not what is expected", len(answer))
			return err
		}
	}
	if len(answer) > 0 {
		r.reach("answer as expected")
	}
	return nil
}
