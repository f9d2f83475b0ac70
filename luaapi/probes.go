package luaapi

import (
	lua "github.com/yuin/gopher-lua"

	"luavs/luaapi/args"
)

// maxAtOnce bounds probes { at_once = N }.
const maxAtOnce = 1_000_000

// probes is probes { at_once = 1000 }: limits for all checks of the file.
func (ld *loader) probes(L *lua.LState) int {
	at := ld.once(L, "probes")
	f := args.Optional(L, 1, "probes")
	if ld.atOnce = f.Int("at_once", 0, 1, maxAtOnce); !f.Has("at_once") {
		f.Mistake("", "want probes { at_once = 1000 }")
	}
	ld.noteAll(at, f)
	return 0
}
