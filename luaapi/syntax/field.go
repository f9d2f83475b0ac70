package syntax

import "strings"

// A call is a call whose arguments hold table constructors.
type call struct {
	line   int // where gopher-lua says it stands: where what is called begins
	tables []*table
}

// A table is a table constructor.
type table struct {
	open, close token
	fields      []field
	names       map[string]int // the line where each name was written
}

// A field is an entry of a table constructor.
type field struct {
	name   string // "[ ]" for a key that only the running program knows
	index  int    // from 1, of an entry without a key
	at     token
	tables []*table // the constructors that make up its value
}

// callsIn returns the calls with table constructors of a text without mistakes.
func callsIn(text string) []call {
	tokens, _ := scan(text)
	return check(tokens).calls
}

// keyName is the name in ["name"], where the tokens after the bracket are key and closer.
func keyName(key, closer token) string {
	if key.kind == stringToken && closer.is("]") && !strings.Contains(key.text, `\`) && len(key.text) > 2 {
		return strings.Trim(key.text, `"'`)
	}
	return "[ ]"
}

// FieldLine finds where a field is written in the table constructors that are
// arguments of the call at callLine, which is the line that a binding sees
// (L.Where(1)): where the expression begins that is called, such as the
// line of `virtual_server` in `virtual_server "10.0.0.1:80" {`.
//
// Each step of path goes one level down: a string is the name of a field, an
// int the number of an entry without a name, from 1. The value of a field may
// be a table constructor, or a call with one among its arguments: the path
// (2, "weight") is the weight in the second `real_server "..." {}`.
//
// ok is false if no call at that line has the field written out. If several
// have, the first in the text counts, and col is 0: which of them the binding
// sees cannot be told.
func (c *Chunk) FieldLine(callLine int, path ...any) (line, col int, ok bool) {
	best, several := token{}, false
	for _, call := range c.calls() {
		if call.line != callLine {
			continue
		}
		t, found := find(call.tables, path)
		if !found {
			continue
		}
		several = several || best.line > 0 && best != t
		if best.line == 0 || before(t, best) {
			best = t
		}
	}
	if several {
		return best.line, 0, true
	}
	return best.line, best.col, best.line > 0
}

func before(a, b token) bool {
	return a.line < b.line || a.line == b.line && a.col < b.col
}

// find follows path from any of the tables.
func find(tables []*table, path []any) (token, bool) {
	for _, t := range tables {
		if len(path) == 0 {
			return t.open, true
		}
		for _, f := range t.fields {
			if f.name != path[0] && f.index != path[0] {
				continue
			}
			if len(path) == 1 {
				return f.at, true
			}
			if at, ok := find(f.tables, path[1:]); ok {
				return at, true
			}
		}
	}
	return token{}, false
}

// A Repeat is a field that is written twice in one table constructor. Lua keeps
// the last and says nothing.
type Repeat struct {
	Name         string
	Line, Column int
	First        int // the line of the first
}

// Repeats returns the fields of the chunk's table constructors that are written
// again.
func (c *Chunk) Repeats() []Repeat { return c.repeats }

// fieldOf notes a field of t that t has already.
func (c *checker) fieldOf(t *table, f field) {
	if f.name == "" || f.name == "[ ]" {
		return
	}
	if t.names == nil {
		t.names = map[string]int{}
	}
	if first, ok := t.names[f.name]; ok {
		c.repeats = append(c.repeats, Repeat{Name: f.name, Line: f.at.line, Column: f.at.col, First: first})
	}
	t.names[f.name] = f.at.line
}
