package engine

import (
	"time"

	"luavs/checks"
)

// An EventKind is the word for what happened, as a policy's on() spells it.
type EventKind string

// The events.
const (
	EventStart  EventKind = "start"  // the policy is in force for the first time
	EventReload EventKind = "reload" // the policy has replaced an older one of its name
	EventUp     EventKind = "up"     // a server came up
	EventDown   EventKind = "down"   // a server went down
	EventChange EventKind = "change" // the members of a service changed in the kernel
	EventDrift  EventKind = "drift"  // somebody else changed a service of ours
)

// Event is something that happened to a policy, a service or a server.
type Event struct {
	Kind    EventKind
	At      time.Time
	Service *ServiceView // nil for start and reload
	Server  *ServerView  // of up and down only
	Old     State        // of up and down: what it was before
	Result  checks.Result
	Changes []string // of change and drift: lines as plan prints them
}
