package checks

import "regexp"

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
