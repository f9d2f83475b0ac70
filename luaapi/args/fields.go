package args

import (
	"fmt"
	"iter"
	"maps"
	"slices"
	"strconv"
	"strings"

	lua "github.com/yuin/gopher-lua"
)

// A Mistake is something wrong with a table. Its text names the field.
type Mistake struct {
	// Path leads to the field within the table: names, and the position of an
	// item of a list as a decimal number from 1. Empty for the table as a whole.
	Path []string
	Text string // one line, such as: unknown field "schedular" (did you mean "scheduler"?)
}

// Fields reads a table. Reading a field makes its name a known one.
type Fields struct {
	state *lua.LState
	table *lua.LTable
	what  string   // the function or object the table is for
	path  []string // of this table within the outermost one
	root  *Fields
	subs  map[string]*Fields // nil if there is none
	known []string           // what was asked for, some more than once

	list     bool // the list part has been read
	named    bool // the names are the user's
	anything bool // whatever is in the table is right

	mistakes []Mistake // of the root only
}

// Table starts reading a table. What is it for: the function's name in
// messages. A nil table is read as an empty one.
func Table(L *lua.LState, t *lua.LTable, what string) *Fields {
	if t == nil {
		t = L.NewTable()
	}
	f := &Fields{state: L, table: t, what: what}
	f.root = f
	return f
}

// Optional starts reading argument n of the Go function that is being called:
// a table, or nil for an empty one. Anything else raises a Lua error.
func Optional(L *lua.LState, n int, what string) *Fields {
	switch v := L.Get(n).(type) {
	case *lua.LTable:
		return Table(L, v, what)
	case *lua.LNilType:
		return Table(L, nil, what)
	default:
		L.RaiseError("%s: argument %d: want a table, got %s", what, n, Show(v))
		return nil
	}
}

// Mistake notes that something is wrong with a field. The message begins with
// the field's name. An empty name speaks of the table as a whole.
func (f *Fields) Mistake(name, format string, values ...any) {
	text := fmt.Sprintf(format, values...)
	path := f.path
	if name != "" {
		path = f.at(name)
	}
	if len(path) > 0 {
		text = place(path) + ": " + text
	}
	f.note(path, text)
}

// Knows tells whether a field of that name was asked for.
func (f *Fields) Knows(name string) bool { return slices.Contains(f.known, name) }

// Done returns every mistake of the table and the tables in it, after adding
// one for each field that was never asked for. Nothing is read afterwards.
func (f *Fields) Done() []Mistake {
	f.unknown()
	return f.root.mistakes
}

// Raise raises one Lua error at the caller's line if there is any mistake.
func (f *Fields) Raise() {
	mistakes := f.Done()
	if len(mistakes) == 0 {
		return
	}
	texts := make([]string, len(mistakes))
	for i, m := range mistakes {
		texts[i] = m.Text
	}
	f.state.RaiseError("%s: %s", f.what, strings.Join(texts, "; "))
}

// unknown notes what nobody asked for, here and in the tables below.
func (f *Fields) unknown() {
	if f.anything {
		return
	}
	for _, name := range f.strangers() {
		path := f.at(name)
		f.note(path, fmt.Sprintf("unknown field %q%s", dotted(path), Hint(name, f.known)))
	}
	if f.subs == nil {
		return
	}
	for _, name := range slices.Sorted(maps.Keys(f.subs)) {
		f.subs[name].unknown()
	}
}

// strangers returns the names that nobody asked for, and notes keys that are no
// names.
func (f *Fields) strangers() (names []string) {
	judged := 0
	if f.list {
		judged = f.table.MaxN()
	}
	for k := range f.keys(judged) {
		switch k := k.(type) {
		case lua.LString:
			if !f.named && !f.Knows(string(k)) {
				names = append(names, string(k))
			}
		case lua.LNumber:
			f.unknownItem(k)
		default:
			f.note(f.path, fmt.Sprintf("a field's name must be a string, got %s", Show(k)))
		}
	}
	slices.Sort(names)
	return names
}

// keys are the keys of the table behind the first n items of the list part, in
// the order in which they were written.
func (f *Fields) keys(n int) iter.Seq[lua.LValue] {
	return func(yield func(lua.LValue) bool) {
		k := lua.LValue(lua.LNil)
		if n > 0 {
			k = lua.LNumber(n)
		}
		for k, _ = f.table.Next(k); k != lua.LNil && yield(k); k, _ = f.table.Next(k) {
		}
	}
}

// unknownItem notes an item of the list part, unless the list was asked for:
// then List has judged it.
func (f *Fields) unknownItem(k lua.LNumber) {
	if f.list {
		return
	}
	path := f.at(k.String())
	f.note(path, fmt.Sprintf("%s: want only named fields here", place(path)))
}

func (f *Fields) note(path []string, text string) {
	f.root.mistakes = append(f.root.mistakes, Mistake{Path: path, Text: text})
}

// at returns the path of a field of this table.
func (f *Fields) at(name string) []string {
	return append(f.path[:len(f.path):len(f.path)], name)
}

// place names the end of a path: field "on.up", or item 2 of "check".
func place(path []string) string {
	last := len(path) - 1
	if _, err := strconv.Atoi(path[last]); err != nil {
		return fmt.Sprintf("field %q", dotted(path))
	}
	if last == 0 {
		return "item " + path[last]
	}
	return fmt.Sprintf("item %s of %q", path[last], dotted(path[:last]))
}

func dotted(path []string) string { return strings.Join(path, ".") }
