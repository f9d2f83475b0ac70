package checks

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
)

// agentLimit is the length of an agent's line in bytes; a longer one is no
// agent's.
const agentLimit = 4 << 10

// Agent asks a program on the server what it thinks of itself: HAProxy's
// agent-check. It passes unless the agent has said down, fail, stopped or
// maint, and takes the weight that the agent has said.
//
// What the agent says holds until the agent itself says otherwise, over runs
// and reloads. So a line that leaves something out leaves it as it was, and an
// agent that cannot be reached, or speaks another protocol, changes nothing:
// that is Unknown, or a pass before its first word. Other checks are not
// overruled: an agent that says up does not bring up a server that they found
// down.
type Agent struct {
	Route        // the agent; its port is not the server's as a rule
	Send  []byte // sent after connecting, such as the server's name and a line end
}

// String is the identity of the check.
func (c Agent) String() string {
	var id identity
	id.word("agent")
	id.route(c.Route)
	id.bytes("send", c.Send)
	return id.String()
}

// Check implements [Check].
func (c Agent) Check(ctx context.Context, t Target) Result {
	r := start(ctx)
	standing, _ := parseOrders(t.Memory)
	line, err := c.listen(r, t)
	if err != nil {
		return standing.unheard(r.failed(err), t.Memory)
	}
	orders, strange := standing.amend(line)
	if strange != nil && orders == standing {
		fault := Result{Outcome: Fail, Cause: Protocol, Reason: OneLine("agent: " + strange.Error())}
		return standing.unheard(fault, t.Memory)
	}
	return orders.verdict(line, strange)
}

// listen connects to the agent and returns its line.
func (c Agent) listen(r *run, t Target) (line string, err error) {
	conn, hangUp, err := r.dial(c.Route, t)
	if err != nil {
		return "", err
	}
	defer hangUp()
	if len(c.Send) > 0 {
		if _, err := conn.Write(c.Send); err != nil {
			return "", err
		}
	}
	return r.line(conn)
}

// line reads up to the first CR or LF.
func (r *run) line(conn *net.TCPConn) (string, error) {
	buf := make([]byte, agentLimit)
	for got := 0; ; {
		n, err := conn.Read(buf[got:])
		if end := bytes.IndexAny(buf[got:got+n], "\r\n"); end >= 0 {
			return string(buf[:got+end]), nil
		}
		got += n
		switch {
		case errors.Is(err, io.EOF):
			return "", faultf(Protocol, "agent: closed after %d bytes without a line end", got)
		case err != nil:
			r.reach("%d bytes received, no line end", got)
			return "", err
		case got == len(buf):
			return "", faultf(Protocol, "agent: no line end in %d bytes", got)
		}
	}
}
