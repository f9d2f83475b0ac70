package checks

import (
	"context"
	"errors"
	"regexp"
)

// TCP passes when a connection opens and, if anything is expected, when the
// server's answer holds it. The zero TCP asks for a connection only.
type TCP struct {
	Route                      // whom to ask
	Proxy       ProxyProtocol  // the header that goes first
	Send        []byte         // sent after connecting
	Expect      []byte         // the answer has to hold this text
	ExpectMatch *regexp.Regexp // the answer has to match this
	Steps       []Step         // a longer conversation, in place of Send and Expect
}

// Mistakes joins all that is wrong with the settings, each on a line of its
// own that begins with the setting's name in a policy.
func (c TCP) Mistakes() error { return errors.Join(c.Route.Mistakes(), c.Proxy.mistake()) }

// String is the identity of the check.
func (c TCP) String() string {
	var id identity
	id.word("tcp")
	id.route(c.Route)
	id.field("proxy_protocol", string(c.Proxy))
	id.bytes("send", c.Send)
	id.bytes("expect", c.Expect)
	id.pattern("expect_match", c.ExpectMatch)
	id.steps(c.Steps)
	return id.String()
}

// Check implements [Check].
func (c TCP) Check(ctx context.Context, t Target) Result { return pollOnce(ctx, c, t) }

// dialogue implements polled.
func (c TCP) dialogue() dialogue {
	one := Step{Send: c.Send, Expect: c.Expect, ExpectMatch: c.ExpectMatch}
	switch {
	case len(c.Steps) > 0:
		return converse(c.Route, c.Proxy, c.Steps)
	case c.Proxy == "" && len(one.Send) == 0 && one.want().nothing():
		return touch(c.Route)
	}
	return converse(c.Route, c.Proxy, []Step{one})
}
