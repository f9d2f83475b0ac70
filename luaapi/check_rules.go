package luaapi

import (
	"time"

	"luavs/engine"
	"luavs/luaapi/args"
)

// ruleset is what the fields of time and verdict are of a check that does not
// say otherwise. Another director's rules are one, by its name.
type ruleset struct {
	every   time.Duration
	timeout time.Duration // zero: as every
	fast    time.Duration // zero: none
	rise    int
	fall    int
	initial string
}

// ownRules are those of LuaVS: HAProxy's rhythm and counts, a second for an
// answer, and nothing taken for granted.
var ownRules = ruleset{every: 2 * time.Second, timeout: time.Second, rise: 2, fall: 3, initial: "unknown"}

// rulesOf returns the rules of a name for a kind of check such as "check.tcp".
var rulesOf = map[string]func(kind string) ruleset{
	"haproxy": func(string) ruleset {
		return ruleset{every: 2 * time.Second, rise: 2, fall: 3, initial: "up"}
	},
	"keepalived": keepalivedRules,
	"ldirectord": func(string) ruleset {
		return ruleset{every: 10 * time.Second, timeout: 5 * time.Second, rise: 1, fall: 1, initial: "unknown"}
	},
}

// keepalivedRules are those of its checkers: a server serves before its first
// check, which decides alone; it goes down after one retry, a second later or
// three of HTTP, and one good answer brings it back. A MISC_CHECK has no retry
// and as much time as there is; a DNS_CHECK has three, in its usual rhythm.
func keepalivedRules(kind string) ruleset {
	r := ruleset{every: time.Minute, timeout: 5 * time.Second, fast: time.Second, rise: 1, fall: 2, initial: "up"}
	switch kind {
	case "check.http", "check.https":
		r.fast = 3 * time.Second
	case "check.exec":
		r.timeout, r.fall, r.fast = 0, 1, 0
	case "check.dns":
		r.fall, r.fast = 4, 0
	}
	return r
}

// readRules reads the field rules.
func readRules(f *args.Fields, kind string) ruleset {
	if name := f.Enum("rules", "", "haproxy", "keepalived", "ldirectord"); name != "" {
		return rulesOf[name](kind)
	}
	return ownRules
}

var initialWords = []string{"unknown", "up", "down", "fully-up", "fully-down"}

var initials = map[string]engine.Initial{
	"unknown": engine.InitialUnknown, "up": engine.InitialUp, "down": engine.InitialDown,
	"fully-up": engine.InitialFullyUp, "fully-down": engine.InitialFullyDown,
}
