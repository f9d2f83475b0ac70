package engine

import (
	"context"
	"time"

	"luavs/checks"
	"luavs/ipvs"
)

// Config is what one policy declares. It is valid when it is made and never
// changed afterwards.
type Config struct {
	// Name identifies the policy over reloads: the path of its file.
	Name     string
	Services []Service
	Jobs     []Job

	// ProbesAtOnce is how many probes run at once; zero for 4096. The others
	// wait, and are started in an order that is fair to all services.
	ProbesAtOnce int

	Isolation Isolation // when our own network is taken for lost

	// Restarted says how often and why the policy had to be put in force anew
	// without a change of its text; empty if it had not.
	Restarted string

	// Observer hears of events; nil for nobody.
	Observer Observer

	// Handle is how the policy's code speaks to its loop; nil if it never does.
	Handle *Handle
}

// Service is a declared virtual service.
type Service struct {
	Name    string       // for people; the key's text if nothing better is known
	Spec    ipvs.Service // what the kernel is to hold
	Servers []Server     // in declared order, each address once

	// Drain is how long connections of destinations that leave, and are not
	// declared, may stay; see [Server.Drain].
	Drain time.Duration

	// Decider says who serves; nil for every server that is up.
	Decider Decider

	// RefuseExisting leaves a service alone that the kernel holds before it was put
	// there for the first time. Otherwise it is adopted.
	RefuseExisting bool

	MaxChange MaxChange // how much of it may be taken away at a time

	// Sources say who belongs to it besides the servers that are declared.
	Sources []Discovery

	// Join declares a server that joins while the policy is in force, with the
	// checks of the virtual server; it is called by the loop and must not block.
	// An error says why the server does not fit. Nil: members have no checks.
	Join func(Member) (Server, error)
}

// Server is a declared real server. One without checks is always up.
type Server struct {
	Name        string           // for people; the address if nothing better is known
	Destination ipvs.Destination // as it serves when it is up
	Checks      []Check

	// Rule says how the checks make one verdict, or else Combiner does; if both
	// are nil, all must be up.
	Rule     *Rule
	Combiner Combiner

	// Drain is how long its connections may stay when it leaves: it has weight 0
	// until it has no active ones, but for so long at the most. Zero: it leaves at
	// once, as one that is down always does, and as all do of UDP, of SCTP and of
	// one-packet services.
	Drain time.Duration

	HoldDown HoldDown // for servers that go down again and again

	// SlowStart is how long a server that comes back after a fail takes to have
	// its whole weight; zero: no time.
	SlowStart time.Duration
}

// Check is a question that is put to a server again and again.
type Check struct {
	// ID recognises the same check over a reload: its kind and every setting.
	ID    string
	Probe checks.Check

	// Shared is true if the answer depends on nothing but the address that is
	// asked. Then checks with the same ID, timing and limits are one, whichever
	// services want to know: it runs once, and is told no more of its target
	// than the address. Its Schedule must be comparable.
	Shared bool

	// ViaService has Probe ask the virtual server's address, by a way that leads
	// to this server alone and forwards packets as the service does: see
	// [checks.Target.PathMark]. For a firewall mark the probe itself says which
	// address and port. Such a check is not Shared.
	ViaService bool

	// Schedule says when it runs; the first run follows soon after the start,
	// whatever the schedule says.
	Schedule Schedule

	// Fast is the pause between runs while rise or fall is being counted, if it
	// is shorter than what the schedule says. Zero: the schedule always holds.
	Fast time.Duration

	// Slow is the pause between runs while the check's verdict is down and no
	// answer speaks against it. Zero: the schedule holds.
	Slow time.Duration

	// Jitter makes each run start later than its time, by chance and by less
	// than this; quick looks keep their time. Zero: no run does.
	Jitter time.Duration

	Timeout time.Duration // above zero
	Limits  Limits
	Initial Initial // what is thought of the server before the first answer

	// Degraded is the advice on the weight of an answer that is degraded and
	// has none of its own.
	Degraded checks.Advice
}

// A Schedule says when something is due next: after the given time, or the
// zero time for never again. A parsed cron line is one.
type Schedule interface {
	Next(after time.Time) time.Time
}

// A Decider turns what is known of a service into what the kernel should hold.
// It is asked after every change, never twice at once for one service, and its
// answer is final: it may name servers that are down or that nobody declared.
type Decider interface {
	Decide(ctx context.Context, v *ServiceView) (Decision, error)
}

// A Decision is what a Decider answers: who serves, each address once.
type Decision struct {
	Members []ipvs.Destination
	Quorum  Quorum
}

// An Observer hears what happened. It is called by the loop, in order, and must
// not block.
type Observer interface {
	// Hears tells whether it is told of events of a kind, of a service or of the
	// policy, whose key is zero. What nobody hears costs nothing.
	Hears(kind EventKind, of ipvs.ServiceKey) bool

	Observe(Event)
}

// A Job runs on a schedule. A run that is still going when the next is due is
// not joined by another.
type Job struct {
	Name     string
	Schedule Schedule
	Files    []string                  // whole paths; it also runs when what they lead to may have changed
	Run      func(ctx context.Context) // reports its own errors
}

// A Kernel holds the table: [ipvs.Client] or [ipvs.Memory].
type Kernel interface {
	Table(keys ...ipvs.ServiceKey) (ipvs.Table, error)
	Apply(changes []ipvs.Change) []error
}
