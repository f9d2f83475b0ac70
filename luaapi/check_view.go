package luaapi

import (
	"time"

	lua "github.com/yuin/gopher-lua"

	"luavs/engine"
)

// checkState is a check on a server as Lua code sees it.
type checkState struct {
	Name    string
	State   string  // "up", "down" or "unknown"
	Outcome string  // of the last run: "pass", "fail", "degraded" or "unknown"
	Cause   string  // the class of what is no pass; empty for a pass
	Reason  string  // for a person
	Took    float64 // seconds
	Age     float64 // seconds since the last run ended; -1 before the first
	Streak  int     // answers in a row that speak against state
	Runs    uint64
	Errors  uint64  // runs that ended unknown
	Expires float64 // when the server's certificate ends, in seconds as os.time counts them; 0 if it showed none
	Advice  string  // on the weight, such as "weight 50 %"; empty for none
}

// String is what tostring prints.
func (c checkState) String() string { return c.Name + ": " + c.State }

// checkList is rs.checks.
func checkList(L *lua.LState, sv *engine.ServerView) lua.LValue {
	return list(L, sv.Checks, func(c engine.CheckView) lua.LValue {
		age := -1.0
		if !c.At.IsZero() {
			age = time.Since(c.At).Seconds()
		}
		expires := 0.0
		if !c.Last.Expires.IsZero() {
			expires = float64(c.Last.Expires.Unix())
		}
		return view(L, "check", checkState{
			Name: c.ID, State: c.State.String(), Streak: c.Streak, Runs: c.Runs, Errors: c.Errors, Advice: c.Advice.String(),
			Outcome: c.Last.Outcome.String(), Cause: string(c.Last.Cause), Reason: c.Last.Reason,
			Took: c.Last.Took.Seconds(), Age: age, Expires: expires,
		})
	})
}
