package luaapi

import (
	"fmt"
	"strings"

	lua "github.com/yuin/gopher-lua"
)

// A position is a line of a policy's text. The zero position is none.
type position struct {
	file string
	line int // from 1
}

// String returns "policy.lua:12".
func (p position) String() string { return fmt.Sprintf("%s:%d", p.file, p.line) }

// in returns the line for a message about a file: "line 12", or with its file if
// that is another one.
func (p position) in(file string) string {
	if p.file == file {
		return fmt.Sprintf("line %d", p.line)
	}
	return fmt.Sprintf("line %d of %s", p.line, p.file)
}

// libraryPrefix begins the chunk names of the Lua code that is part of the
// program. Messages never point there.
const libraryPrefix = "["

// here returns the line that called the Go function L runs.
func here(L *lua.LState) position { return outward(L, 0) }

// outward returns the line that is at work that many Lua functions further
// out, or the next one out from there that is the policy's own.
func outward(L *lua.LState, functions int) position {
	for level := 1; ; level++ { // level 0 is the Go function
		dbg, ok := L.GetStack(level)
		if !ok {
			return position{}
		}
		if _, err := L.GetInfo("Sl", dbg, lua.LNil); err != nil || dbg.CurrentLine <= 0 {
			continue
		}
		if functions--; functions >= 0 || strings.HasPrefix(dbg.Source, libraryPrefix) {
			continue
		}
		return position{file: dbg.Source, line: dbg.CurrentLine}
	}
}

// placed puts where a function of the policy begins before an error about it.
func placed(f *lua.LFunction, err error) error {
	if err == nil || f.IsG || strings.HasPrefix(f.Proto.SourceName, libraryPrefix) {
		return err
	}
	return fmt.Errorf("%v: %w", position{file: f.Proto.SourceName, line: f.Proto.LineDefined}, err)
}
