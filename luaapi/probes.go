package luaapi

import (
	lua "github.com/yuin/gopher-lua"

	"luavs/luaapi/args"
)

// maxAtOnce bounds probes { at_once = N }.
const maxAtOnce = 1_000_000

// probes is probes { at_once = 1000 }: limits for all checks of the file.
func (ld *loader) probes(L *lua.LState) int {
	ld.declaring(L, "probes")
	at := here(L)
	if ld.probesAt > 0 {
		ld.note(at, nil, "probes is called already, in line %d", ld.probesAt)
	}
	ld.probesAt = at.line
	f := args.Optional(L, 1, "probes")
	if ld.atOnce = f.Int("at_once", 0, 1, maxAtOnce); !f.Has("at_once") {
		f.Mistake("", "want probes { at_once = 1000 }")
	}
	ld.noteAll(at, f)
	return 0
}
