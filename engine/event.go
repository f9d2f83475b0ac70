package engine

import (
	"time"

	"luavs/checks"
	"luavs/ipvs"
)

// An EventKind is the word for what happened, as a policy's on() spells it.
type EventKind string

// The events.
const (
	EventStart   EventKind = "start"   // the policy is in force for the first time
	EventReload  EventKind = "reload"  // the policy has replaced an older one of its name
	EventStop    EventKind = "stop"    // the policy or the daemon ends; told by who ends it
	EventUp      EventKind = "up"      // a server came up
	EventDown    EventKind = "down"    // a server went down
	EventChange  EventKind = "change"  // the members of a service changed in the kernel
	EventDrift   EventKind = "drift"   // somebody else changed a service of ours
	EventDrained EventKind = "drained" // a destination that was to be drained is out of the kernel's table

	EventIsolated  EventKind = "isolated"  // no server answers any more; see [Isolation]
	EventConnected EventKind = "connected" // one does again

	EventQuorumLost   EventKind = "quorum_lost"   // by the policy of a service; see [Quorum]
	EventQuorumGained EventKind = "quorum_gained" // it was lost, and is not any more

	EventAdded   EventKind = "added"   // a server joined a service while it was in force
	EventRemoved EventKind = "removed" // a server that had joined does not belong to its service any more
)

// Event is something that happened to a policy, a service or a server.
type Event struct {
	Kind    EventKind
	At      time.Time
	Service *ServiceView  // nil for what happens to the policy
	Server  *ServerView   // of up, down, added, removed and drained; of drained perhaps one that is not declared
	Old     State         // of up and down: what it was before
	New     State         // of up and down: what it is now
	Result  checks.Result // of up and down: the answer that turned it
	Reason  string        // of drained: why its way out came to an end
	Drift   []Difference  // of drift: what was changed
	Changes []string      // lines as plan prints them: of change what was done, of drift what mends it
}

// event is an Event before it is told, when the views it speaks of are not made
// yet.
type event struct {
	kind     EventKind
	at       time.Time
	service  *service
	server   *server
	view     *ServerView // of removed and drained: what is known of a server that does not belong to the service
	old, new State
	result   checks.Result
	reason   string
	changes  []string
	drift    []Difference
}

// hears tells whether somebody hears of events of a kind, of a service or of the
// policy.
func (l *loop) hears(kind EventKind, of ipvs.ServiceKey) bool {
	return l.observer != nil && l.observer.Hears(kind, of)
}

// note keeps an event that somebody hears until the loop has acted on what led to
// it.
func (l *loop) note(e event) {
	var of ipvs.ServiceKey
	if e.service != nil {
		of = e.service.key()
	}
	if !l.hears(e.kind, of) {
		return
	}
	e.at = time.Now()
	if e.server != nil {
		e.new = e.server.state
		_, e.result = e.server.verdict()
	}
	l.events = append(l.events, e)
}

// tell hands the observer what has happened, in order.
func (l *loop) tell() {
	events := l.events
	l.events = nil
	if l.observer == nil {
		return
	}
	for _, e := range events {
		l.observer.Observe(e.export(l.name))
	}
}

func (e event) export(policy string) Event {
	out := Event{Kind: e.kind, At: e.at, Old: e.old, New: e.new, Result: e.result, Reason: e.reason, Changes: e.changes, Drift: e.drift}
	if e.service != nil {
		out.Service = e.service.show(policy)
	}
	switch {
	case e.view != nil:
		out.Server = e.view
	case e.server != nil:
		out.Server = e.server.show()
	}
	return out
}
