package engine

import (
	"fmt"
	"net/netip"
	"slices"
	"sync"
	"time"

	"luavs/checks"
	"luavs/ipvs"
)

// A State is what is thought of a server.
type State uint8

// The states. The zero value is StateUnknown: no check has answered yet.
const (
	StateUnknown State = iota
	StateUp
	StateDown
	StateDraining    // see [MarkDrain]
	StateMaintenance // see [MarkMaintenance]
)

var stateWords = []string{"unknown", "up", "down", "draining", "maintenance"}

// String returns the word that a policy has for the state.
func (s State) String() string {
	if int(s) < len(stateWords) {
		return stateWords[s]
	}
	return stateWords[StateUnknown]
}

// MarshalText makes a State its word in JSON.
func (s State) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText reads the word of a State.
func (s *State) UnmarshalText(text []byte) error {
	known := slices.Index(stateWords, string(text))
	if known < 0 {
		return fmt.Errorf("%q is not a state; want one of %v", text, stateWords)
	}
	*s = State(known)
	return nil
}

// ServiceView is a copy of what the loop knows of a service. It never changes.
type ServiceView struct {
	Policy string
	Name   string
	Spec   ipvs.Service

	Servers []*ServerView // declared ones in order, then those that joined

	Sources []SourceView // who says who belongs to it, as declared

	// Settled is true once every check of every server has answered and the
	// first decision was made of that; before, nothing is taken away but what is
	// marked.
	Settled bool

	// Leaving is true if the service is not declared any more, and stays only
	// until its destinations are drained.
	Leaving bool

	// Foreign is true if the kernel's service is somebody else's, and left alone.
	Foreign bool

	// Draining are the destinations on their way out, by address. None of them
	// is a member.
	Draining []Drain

	// Sticky is true if persistence leads known clients back to who drains.
	Sticky bool

	// Members is who serves: the last decision, or before the first one whom
	// the kernel held and who has joined since; that one is made as if nobody had
	// joined. Sorted by address.
	Members []ipvs.Destination

	Quorum Quorum // by the last decision

	// Held is who serves although the last decision says otherwise, because of
	// the limit that [Service.MaxChange] sets.
	Held []ipvs.Destination

	// Problem says why the last decision or the kernel is not in force; empty
	// if all is well.
	Problem string

	index *index // of Servers; nil if there are few
}

// SourceView is a copy of what the loop knows of a source of servers.
type SourceView struct {
	Name    string    // the ID of its Discovery
	Servers int       // how many it lists
	At      time.Time // of the last answer that could be used; zero: none yet
	Problem string    // why the last answer could not be used; empty if it could
}

// ServerView is a copy of what the loop knows of a server. It never changes.
type ServerView struct {
	Service     ipvs.ServiceKey
	Name        string
	Origin      string           // who had it join: OriginAdded, or the source that lists it; empty if it is declared
	Destination ipvs.Destination // as it serves when it is up: with the weight that its checks leave it
	Configured  int              // the weight as declared, or as it was last set

	State  State     // as its mark has it, or else its checks
	Since  time.Time // when State began
	Reason string    // why, for a person
	Health State     // as its checks have it
	Mark   Mark
	Checks []CheckView

	// PassedOver is true if it was up already when the process started and the
	// policy had it not serve. It does not join before the first decision.
	PassedOver bool

	Flaps     int       // how often it went down lately; counted only if it may be held down
	HeldUntil time.Time // it stays down until then whatever its checks say; past or zero: it is not held

	// What the kernel counted at the last reading; zero if it does not hold the
	// server.
	Active, Inactive uint32
	Stats            ipvs.Stats
}

// CheckView is a copy of what the loop knows of a check on a server.
type CheckView struct {
	ID     string
	State  State
	Streak int           // answers in a row that speak against State
	Advice checks.Advice // on the weight, that is in force
	Last   checks.Result // of the last run; the zero Result before the first
	At     time.Time     // when the last run ended
	Runs   uint64
	Errors uint64 // runs that ended unknown
}

// indexFrom is how many servers make it worth while to have an index of them.
const indexFrom = 32

// index finds servers by address. It is made by who asks first: a policy of
// thousands asks for each.
type index struct {
	once   sync.Once
	byAddr map[netip.AddrPort]*ServerView
}

func (x *index) of(servers []*ServerView) map[netip.AddrPort]*ServerView {
	x.once.Do(func() {
		x.byAddr = make(map[netip.AddrPort]*ServerView, len(servers))
		for _, s := range servers {
			x.byAddr[s.Destination.Addr] = s
		}
	})
	return x.byAddr
}

// Server returns the server with an address, or nil.
func (v *ServiceView) Server(addr netip.AddrPort) *ServerView {
	if v.index != nil {
		return v.index.of(v.Servers)[addr]
	}
	for _, s := range v.Servers {
		if s.Destination.Addr == addr {
			return s
		}
	}
	return nil
}

// Serving is who the kernel is to hold: the members and who is held. Sorted by
// address.
func (v *ServiceView) Serving() []ipvs.Destination {
	if len(v.Held) == 0 {
		return v.Members
	}
	return withHeld(v.Members, v.Held)
}

// Up returns the servers that are up, in declared order.
func (v *ServiceView) Up() []*ServerView { return v.in(StateUp) }

// Down returns the servers that are down, in declared order.
func (v *ServiceView) Down() []*ServerView { return v.in(StateDown) }

func (v *ServiceView) in(s State) []*ServerView {
	var found []*ServerView
	for _, srv := range v.Servers {
		if srv.State == s {
			found = append(found, srv)
		}
	}
	return found
}
