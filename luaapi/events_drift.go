package luaapi

import (
	lua "github.com/yuin/gopher-lua"

	"luavs/engine"
)

// difference is something that somebody else changed, as handlers see it.
type difference struct {
	Server    string // the address; empty: the virtual server itself
	Old, New  string // settings in words; empty: it was not there, or is not any more
	OldWeight int
	NewWeight int
	Text      string // all of it, for people
}

// driftOf returns what others changed; an empty list of other events.
func driftOf(L *lua.LState, e engine.Event) lua.LValue {
	return list(L, e.Drift, func(d engine.Difference) lua.LValue {
		v := difference{Old: d.Old, New: d.New, OldWeight: d.OldWeight, NewWeight: d.NewWeight, Text: d.String()}
		if d.Addr.IsValid() {
			v.Server = d.Addr.String()
		}
		return view(L, "difference", v)
	})
}
