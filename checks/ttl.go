package checks

import (
	"context"
	"time"
)

// TTL asks nobody: the server, or somebody for it, reports how it is, and a
// server that does not report for longer than Limit is down (Consul's TTL
// check). Whoever keeps the reports sees to that; put as a question it is
// Unknown.
type TTL struct {
	Name  string        // which of several on one server; may be empty
	Limit time.Duration // above zero
}

// String is the identity of the check.
func (c TTL) String() string {
	var id identity
	id.word("ttl")
	id.word(c.Limit.String())
	id.field("name", c.Name)
	return id.String()
}

// Awaits returns which reports are awaited, and for how long.
func (c TTL) Awaits() (name string, limit time.Duration) { return c.Name, c.Limit }

// Check implements [Check].
func (c TTL) Check(context.Context, Target) Result {
	return Result{Cause: Local, Reason: "waits for a report"}
}
