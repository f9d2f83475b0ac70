package luaapi

import (
	"errors"
	"fmt"
	"strconv"

	lua "github.com/yuin/gopher-lua"

	"luavs/engine"
	"luavs/ipvs"
	"luavs/luaapi/args"
	"luavs/luaapi/syntax"
	"luavs/luaapi/vm"
)

// A loader is what the declaring calls of a policy share. It belongs to whoever
// holds the baton.
type loader struct {
	rt       *runtime
	required required
	uses     func(name string) bool
	ours     map[string]lua.LValue // the names that are defined before the file runs
	shipping string                // the kind of check of the library that is being run
	draft
}

// A draft is what a policy file declares and what is wrong with it. It lives
// while the file is run: nothing refers to it once there is a policy, whose calls
// only need the rest of the loader.
type draft struct {
	chunks   []*syntax.Chunk // the policy's own file, then those it required
	mistakes Mistakes

	unfinished []*unfinished // virtual_server ADDR without its table, yet
	services   []*declared
	byKey      map[ipvs.ServiceKey]*declared
	servers    []*realServer // every one that was made
	jobs       []engine.Job
	handlers   map[engine.EventKind][]*handler
	checks     []madeCheck // every one that was made
	inUse      map[*checkSpec]bool
	sources    []*sourceSpec // every one that was made
	lonely     []*lonely
	checkPlace *position // where checks count as called; nil: where they are

	atOnce int // how many probes run at once; 0: as many as usual

	crowded error // set once there are more servers and checks than may be

	isolated engine.Isolation
	called   map[string]int // the lines of calls that a file makes once
}

func newDraft(own *syntax.Chunk) draft {
	return draft{
		chunks: []*syntax.Chunk{own}, isolated: usualIsolation, byKey: map[ipvs.ServiceKey]*declared{},
		handlers: map[engine.EventKind][]*handler{}, inUse: map[*checkSpec]bool{}, called: map[string]int{},
	}
}

// declared is a virtual server as the file declares it.
type declared struct {
	at      position
	service engine.Service
	servers []*realServer
	clean   bool // no field of its table is wrong
}

// unfinished is a virtual server that was named and waits for its table.
type unfinished struct {
	at   position
	addr string
	done bool
}

// note notes a mistake at a field of the table that the call at a position got.
func (ld *loader) note(at position, path []string, format string, values ...any) {
	m := Mistake{File: ld.rt.name, Text: fmt.Sprintf(format, values...)}
	column := 0
	if chunk := ld.chunkOf(at.file); chunk != nil {
		m.File = at.file
		m.Line, column = place(chunk, at.line, path)
	}
	ld.add(m, column)
}

// place returns the line and column where a field is written, or the table it
// is in, or else the call.
func place(chunk *syntax.Chunk, call int, path []string) (line, column int) {
	steps := make([]any, len(path))
	for i, name := range path {
		steps[i] = name
		if n, err := strconv.Atoi(name); err == nil {
			steps[i] = n
		}
	}
	for ; len(steps) > 0; steps = steps[:len(steps)-1] {
		if line, column, ok := chunk.FieldLine(call, steps...); ok {
			return line, column
		}
	}
	return call, 0
}

// noteAll notes the mistakes of a table, and tells whether there are none.
func (ld *loader) noteAll(at position, f *args.Fields) bool {
	mistakes := f.Done()
	for _, m := range mistakes {
		ld.note(at, m.Path, "%s", withMeaning(m))
	}
	return len(mistakes) == 0
}

func (ld *loader) add(m Mistake, column int) {
	if chunk := ld.chunkOf(m.File); chunk != nil {
		m.excerpt = chunk.Excerpt(m.Line, column)
	}
	ld.mistakes.List = append(ld.mistakes.List, m)
}

// noteError notes the error that ended the run of the file.
func (ld *loader) noteError(err error) {
	if errors.Is(err, errNoted) {
		return
	}
	m := Mistake{File: ld.rt.name, Text: err.Error()}
	var e *vm.Error
	if errors.As(err, &e) && e.Line > 0 {
		m.File, m.Line, m.Text = e.File, e.Line, e.Message
	}
	ld.add(m, 0)
}

// declaring raises a Lua error unless the file is being loaded.
func (ld *loader) declaring(L *lua.LState, what string) {
	ld.rt.inDaemon(L, what)
	if !ld.rt.loading.Load() {
		L.RaiseError("%s: declares what the policy is made of, and is to be called while the policy loads", what)
	}
}

// once is for a call that a file makes once: a second one is a mistake. It
// returns where the call is.
func (ld *loader) once(L *lua.LState, what string) (at position) {
	ld.declaring(L, what)
	at = here(L)
	if before := ld.called[what]; before > 0 {
		ld.note(at, nil, "%s is called already, in line %d", what, before)
	}
	ld.called[what] = at.line
	return at
}

// misuse is for a call that makes no sense: a mistake beside others while the
// policy loads, a Lua error later.
func (ld *loader) misuse(L *lua.LState, format string, values ...any) {
	if !ld.rt.loading.Load() {
		L.RaiseError(format, values...)
	}
	ld.note(here(L), nil, format, values...)
}

// noteRepeats notes fields that are in their table twice: Lua would forget the
// first of two checks.
func (ld *loader) noteRepeats() {
	for _, chunk := range ld.chunks {
		for _, r := range chunk.Repeats() {
			ld.noteRepeat(chunk, r)
		}
	}
}

func (ld *loader) noteRepeat(chunk *syntax.Chunk, r syntax.Repeat) {
	hint := ""
	if r.Name == "check" {
		hint = " (several checks are a list: check = { check.tcp {}, check.http {} })"
	}
	ld.add(Mistake{File: chunk.Name(), Line: r.Line, Text: fmt.Sprintf("field %q is in this table already, in line %d%s", r.Name, r.First, hint)}, r.Column)
}

// finish notes what the file began and did not end. Of a file that ended with
// an error the last thing begun is left out: the error is the reason.
func (ld *loader) finish(failed bool) {
	unfinished := ld.unfinished
	if n := len(unfinished); failed && n > 0 {
		unfinished = unfinished[:n-1]
	}
	for _, u := range unfinished {
		if !u.done {
			ld.note(u.at, nil, "virtual_server %q was never given its table: write virtual_server %q { ... }", u.addr, u.addr)
		}
	}
	if !failed {
		ld.noteOrphans()
	}
}

// noteOrphans notes what was made and is of no use to anybody.
func (ld *loader) noteOrphans() {
	for _, l := range ld.lonely {
		if !l.used {
			ld.note(l.at, nil, "%s", l.text)
		}
	}
	for _, rs := range ld.servers {
		if !rs.adopted && rs.dest.Addr.IsValid() {
			ld.note(rs.at, nil, "real_server %s is in no virtual server", rs.dest.Addr)
			ld.readServer(rs, given{dest: ipvs.Destination{Weight: 1}})
		}
	}
	right := len(ld.mistakes.List) == 0 // else a misspelt field may be why
	for _, c := range ld.checks {
		if right && !ld.inUse[c.spec] {
			ld.note(c.at, nil, "%s of no server: a check is the field check of a virtual server or a real server", c.what)
		}
	}
	if right {
		ld.noteIdleSources()
	}
	if len(ld.mistakes.List)+len(ld.services)+len(ld.jobs)+len(ld.handlers) == 0 {
		ld.add(Mistake{File: ld.rt.name, Text: "declares nothing: no virtual_server, no on(), no schedule; to give up its services, remove the file (one that other files require belongs into a folder below)"}, 0)
	}
}
