package engine

import (
	"cmp"
	"fmt"
	"net/netip"
	"time"

	"luavs/ipvs"
)

// A MarkKind is what is wanted of a server that is marked.
type MarkKind string

// The kinds.
const (
	MarkDrain       MarkKind = "drain"       // it keeps its connections and gets no new ones
	MarkMaintenance MarkKind = "maintenance" // it is worked on
)

// Mark keeps a server out until it is resumed, whatever its checks and its
// policy say. It outlives reloads that declare the server again. The zero Mark
// keeps nobody out.
type Mark struct {
	Kind  MarkKind  `json:"kind"`
	Why   string    `json:"why,omitempty"` // for a person
	Since time.Time `json:"since"`

	// Until is when connections that are left are cut off. Zero: after
	// [Server.Drain]; if that is zero as well, a drain never cuts any off, and
	// maintenance does at once. A server that leaves its service meanwhile has what
	// one without a mark has.
	Until time.Time `json:"until,omitzero"`

	Out time.Time `json:"out,omitzero"` // when it was out of the kernel's table; zero: it is not yet
}

// state is what a marked server shows instead of what its checks say.
func (m Mark) state(health State) State {
	switch m.Kind {
	case MarkDrain:
		return StateDraining
	case MarkMaintenance:
		return StateMaintenance
	}
	return health
}

// means tells whether two marks ask for the same, perhaps for another reason.
func (m Mark) means(o Mark) bool { return m.Kind == o.Kind && m.Until.Equal(o.Until) }

// why says why it is there, in a word at least.
func (m Mark) why() string { return cmp.Or(m.Why, string(m.Kind)) }

// reason says why a marked server is out, for a person.
func (m Mark) reason(health State, checks string) string {
	why := cmp.Or(m.Why, "no reason was given")
	if health == StateDown {
		return why + "; its checks say down: " + checks
	}
	return why
}

// serverKey names a server over reloads.
type serverKey struct {
	service ipvs.ServiceKey
	addr    netip.AddrPort
}

// marks are those of a policy. A mark is forgotten when its server does not
// belong to its service any more, or the service has left the kernel.
type marks map[serverKey]Mark

// mark puts a mark on a server, or in place of the one it has. One of the same
// kind that has no end of its own keeps the end that was given before.
func (l *loop) mark(key serverKey, m Mark) error {
	if err := l.findServer(key); err != nil {
		return err
	}
	m.Since = time.Now()
	if old := l.marks[key]; old.Kind != "" {
		m.Out = old.Out
		if old.Kind == m.Kind {
			m.Since = old.Since
			m.Until = cmp.Or(m.Until, old.Until)
		}
	}
	l.setMark(key, m)
	return nil
}

// resume takes the mark off a server. One that has none stays as it is.
func (l *loop) resume(key serverKey) error {
	if err := l.findServer(key); err != nil {
		return err
	}
	l.setMark(key, Mark{})
	return nil
}

// setMark makes m the mark of a server, and the zero Mark none. A mark is obeyed
// at once, however long the policy takes for its next decision.
func (l *loop) setMark(key serverKey, m Mark) {
	if l.marks[key] = m; m.Kind == "" {
		delete(l.marks, key)
	}
	srv := l.serverOf(key)
	if srv == nil {
		return
	}
	s, now, before := l.services[key.service], time.Now(), srv.mark().Kind
	if s.adopted {
		l.judge(srv, s, now)
		l.serve(s, s.members)
	}
	l.touched[s] = true
	if srv.mark().Kind != before {
		s.dirty = true
	}
}

// serverOf returns a declared server, or nil.
func (l *loop) serverOf(key serverKey) *server {
	if s := l.services[key.service]; s != nil {
		return s.server(key.addr)
	}
	return nil
}

// findServer says why there is no such server; nil if there is.
func (l *loop) findServer(key serverKey) error {
	switch {
	case l.services[key.service] == nil:
		return ErrNotInForce
	case l.serverOf(key) == nil:
		return fmt.Errorf("%v is no server of this virtual server", key.addr)
	}
	return nil
}

// markOf returns the mark of a server of s.
func (l *loop) markOf(s *service, addr netip.AddrPort) Mark {
	if len(l.marks) == 0 {
		return Mark{}
	}
	return l.marks[serverKey{s.key(), addr}]
}

// unmarked returns the members that are not marked, whoever named them.
func (l *loop) unmarked(s *service, members []ipvs.Destination) []ipvs.Destination {
	if len(l.marks) == 0 {
		return members
	}
	return without(members, func(a netip.AddrPort) bool { return l.markOf(s, a).Kind != "" })
}

// markOut notes that a marked server is out of the kernel's table.
func (l *loop) markOut(s *service, srv *server) {
	mark := srv.mark()
	mark.Out = time.Now()
	srv.setMark(mark)
	srv.view = nil
	l.marks[serverKey{s.key(), srv.addr()}] = mark
	l.unkept[s] = true // else the next process would tell of it again
}
