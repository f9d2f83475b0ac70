package checks

import (
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
)

// A Step is one turn of a conversation: what is sent, then what the server has
// to say. A zero field sends nothing, or expects nothing.
//
// What the server says is read until it holds all that is expected, or ends,
// or is longer than [DefaultLimit]. The next step goes on behind the place
// that fulfilled this one. A pattern is tried on what has arrived so far, so $
// matches there: end it with the protocol's own line end.
type Step struct {
	Send        []byte         // goes first
	Expect      []byte         // the answer has to hold this text,
	ExpectMatch *regexp.Regexp // match this,
	ExpectHex   Hex            // and hold these bytes
}

func (s Step) want() want { return want{s.Expect, s.ExpectMatch, s.ExpectHex} }

// converse takes the steps one after the other.
func (r *run) converse(server io.ReadWriter, steps []Step) error {
	before := len(r.steps)
	var heard []byte
	for i, s := range steps {
		err := r.say(server, s.Send)
		if err == nil {
			heard, err = r.await(server, s.want(), heard)
		}
		if len(steps) == 1 {
			return err
		}
		if f := (*fault)(nil); errors.As(err, &f) {
			return faultf(f.cause, "step %d: %s", i+1, f.reason)
		} else if err != nil {
			return err
		}
		r.steps = append(r.steps[:before], fmt.Sprintf("step %d of %d done", i+1, len(steps)))
	}
	return nil
}

// say sends data, if there is any.
func (r *run) say(server io.Writer, data []byte) error {
	if len(data) == 0 {
		return nil
	}
	if _, err := server.Write(data); err != nil {
		return asProtocol("send", err)
	}
	r.reach("%d bytes sent", len(data))
	return nil
}

// await reads until the answer, of which some may have been heard already,
// holds what is wanted. It returns what was heard behind that.
func (r *run) await(server io.Reader, w want, answer []byte) ([]byte, error) {
	for !w.in(answer) {
		if len(answer) == DefaultLimit {
			return nil, faultf(Body, "answer: %s", w.missing(answer, DefaultLimit))
		}
		if len(answer) == cap(answer) {
			answer = slices.Grow(answer, max(512, len(answer)))
		}
		n, err := server.Read(answer[len(answer):min(cap(answer), DefaultLimit)])
		answer = answer[:len(answer)+n]
		switch {
		case errors.Is(err, io.EOF):
			return nil, faultf(Body, "answer: %s, then the server closed", w.missing(answer, DefaultLimit))
		case err != nil:
			r.reach("%d bytes received, not what is expected", len(answer))
			return nil, asProtocol("answer", err)
		}
	}
	end := w.end(answer)
	if end > 0 {
		r.reach("answer as expected")
	}
	return slices.Delete(answer, 0, end), nil
}

// steps adds steps of a conversation.
func (id *identity) steps(steps []Step) {
	for _, s := range steps {
		id.WriteString(" step")
		id.bytes("send", s.Send)
		id.bytes("expect", s.Expect)
		id.pattern("expect_match", s.ExpectMatch)
		id.field("expect_hex", s.ExpectHex.text)
	}
}
