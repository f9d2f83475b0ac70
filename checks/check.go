package checks

import (
	"context"
	"fmt"
	"net/netip"
	"time"
)

// A Check puts one question to a server. The deadline of ctx is the check's
// timeout.
type Check interface {
	Check(ctx context.Context, t Target) Result
}

// Func is a function used as a Check.
type Func func(ctx context.Context, t Target) Result

// Check implements [Check].
func (f Func) Check(ctx context.Context, t Target) Result { return f(ctx, t) }

// Target is the server that is asked.
type Target struct {
	Addr    netip.AddrPort // the real server's address
	Name    string         // what people call it; empty if it has no name of its own
	Weight  int            // its configured weight: what an [AddWeight] is added to
	Service string         // the virtual server it belongs to, such as "tcp 10.0.0.1:80"; for people and for programs
	VIP     netip.AddrPort // the virtual server's address; the zero AddrPort for a firewall mark
	FWMark  uint32         // the virtual server's firewall mark; 0 if it has an address

	// PathMark, if it is not 0, has checks that connect ask VIP in place of Addr,
	// with this firewall mark on their packets. The kernel brings those to this
	// server and no other.
	PathMark uint32

	// Memory is what the last run on this server left in [Result.Memory].
	Memory string
}

// An Outcome is the verdict of one run.
type Outcome uint8

// The outcomes. The zero value is Unknown.
const (
	Unknown Outcome = iota
	Pass
	Fail
	Degraded // a pass that says the server is not at its best; see Advice
)

// String returns "unknown", "pass", "fail" or "degraded".
func (o Outcome) String() string {
	switch o {
	case Unknown:
		return "unknown"
	case Pass:
		return "pass"
	case Fail:
		return "fail"
	case Degraded:
		return "degraded"
	}
	return fmt.Sprintf("outcome %d", uint8(o))
}

// A Cause is the class of a result that is not a pass.
type Cause string

// The causes.
const (
	NoCause     Cause = ""            // of a pass
	Refused     Cause = "refused"     // connection refused or reset
	Timeout     Cause = "timeout"     // no answer in time
	Unreachable Cause = "unreachable" // no route to the host or network
	TLS         Cause = "tls"         // handshake or certificate
	Protocol    Cause = "protocol"    // an answer that is not of the protocol, or over its limits
	Status      Cause = "status"      // a status that is not accepted
	Header      Cause = "header"      // headers of an answer that are not as expected
	Body        Cause = "body"        // an answer without what was expected
	Exit        Cause = "exit"        // a program's exit code
	Signal      Cause = "signal"      // a program that was killed
	Script      Cause = "script"      // an error in a script
	Verdict     Cause = "verdict"     // a script's own judgement
	Local       Cause = "local"       // a fault on our side
)

// FailCauses are the causes that a fail can have.
func FailCauses() []Cause {
	return []Cause{Refused, Timeout, Unreachable, TLS, Protocol, Status, Header, Body, Exit, Signal, Verdict}
}

// Result is the answer to one run.
type Result struct {
	Outcome Outcome
	Cause   Cause         // empty for a plain pass
	Reason  string        // one line for a person, such as "status 503, want 200-299"
	Took    time.Duration // set by whoever ran the check
	Advice  Advice        // what the answer says of the server's weight
	Expires time.Time     // when the server's certificate ends; zero if there is none

	// Memory is what the check wants to be told at its next run on this server,
	// in [Target.Memory]; a check itself remembers nothing.
	Memory string
}
