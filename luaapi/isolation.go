package luaapi

import (
	"time"

	lua "github.com/yuin/gopher-lua"

	"luavs/engine"
	"luavs/luaapi/args"
)

// usualIsolation is when a policy takes its own network for lost that does not
// say. Two servers that serve all there is may well go down together; a
// single virtual server may, too.
var usualIsolation = engine.Isolation{Hosts: 3, Services: 2, Hold: time.Minute}

// isolation is isolation { hosts = 3, services = 2, hold = "1m" }, or
// isolation(false).
func (ld *loader) isolation(L *lua.LState) int {
	at := ld.once(L, "isolation")
	if L.Get(1) == lua.LFalse {
		ld.isolated = engine.Isolation{}
		return 0
	}
	if L.Get(1).Type() != lua.LTTable {
		ld.note(at, nil, `isolation: want isolation { hosts = 3, services = 2, hold = "1m" }, or isolation(false), got %s`, args.Show(L.Get(1)))
		return 0
	}
	f := args.Optional(L, 1, "isolation")
	usual := usualIsolation
	ld.isolated = engine.Isolation{
		Hosts:    f.Int("hosts", usual.Hosts, 1, maxServers),
		Services: f.Int("services", usual.Services, 1, maxServers),
		Hold:     f.Duration("hold", usual.Hold, time.Second),
	}
	ld.noteAll(at, f)
	return 0
}
