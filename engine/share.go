package engine

import (
	"fmt"
	"net/netip"
	"time"

	"luavs/checks"
)

// user is a server of a service that wants to know what a watch finds.
type user struct {
	service *service
	server  *server
}

// question is what two checks have in common that are answered by one run: what
// is asked, of whom, when, and what an answer turns.
type question struct {
	id                 string
	addr               netip.AddrPort
	schedule           Schedule
	fast, slow, jitter time.Duration
	timeout            time.Duration
	rise, fall         int
	causes             string
	initial            Initial
	degraded           checks.Advice
}

// asks tells whom a probe asks about a server, if that is not the server.
type asks interface {
	Asks(server netip.AddrPort) netip.AddrPort
}

func questionOf(c Check, addr netip.AddrPort) question {
	if a, ok := c.Probe.(asks); ok {
		addr = a.Asks(addr)
	}
	return question{
		id: c.ID, addr: addr, schedule: c.Schedule, fast: c.Fast, slow: c.Slow, jitter: c.Jitter, timeout: c.Timeout,
		rise: c.Limits.Rise, fall: c.Limits.Fall, causes: fmt.Sprint(c.Limits.Causes), initial: c.Initial, degraded: c.Degraded,
	}
}

// sharing has the shared watches of a loop, so that a question that many
// services have is asked once.
type sharing map[question]*watch

// watch returns the watch of a check on a server: a new one, or if the check is
// shared the one that asks the same already.
func (l *loop) watch(u user, c Check) *watch {
	if !c.Shared {
		return l.newWatch(u, c)
	}
	q := questionOf(c, u.server.decl.Destination.Addr)
	w := l.shared[q]
	if w == nil {
		w = l.newWatch(u, c)
		l.shared[q] = w
		return w
	}
	w.users = append(w.users, u)
	return w
}
