package luaapi

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"luavs/luaapi/beside"
)

// A Mistake is one thing that is wrong with a policy file.
type Mistake struct {
	File string
	Line int    // from 1; 0 if no line is to blame
	Text string // what is wrong, and what to write instead

	excerpt string
}

// String returns "policy.lua:12: unknown field ...".
func (m Mistake) String() string {
	if m.Line == 0 {
		return m.File + ": " + m.Text
	}
	return fmt.Sprintf("%s:%d: %s", m.File, m.Line, m.Text)
}

// Mistakes is the error of a policy that is not accepted: everything that was
// found wrong, sorted by file and line.
type Mistakes struct {
	List []Mistake

	// Files are those that were read beside the policy's, or could not be: until one
	// of them or the policy changes, it is as wrong as before.
	Files []beside.File
}

// Error returns one line for each mistake.
func (m *Mistakes) Error() string {
	lines := make([]string, len(m.List))
	for i, mistake := range m.List {
		lines[i] = mistake.String()
	}
	return strings.Join(lines, "\n")
}

// Excerpts returns what Error does, with the lines of the file around each
// mistake and a mark under the place.
func (m *Mistakes) Excerpts() string {
	var b strings.Builder
	for i, mistake := range m.List {
		if i > 0 {
			b.WriteString("\n")
		}
		fmt.Fprintln(&b, mistake)
		if mistake.excerpt != "" {
			fmt.Fprintln(&b, mistake.excerpt)
		}
	}
	return b.String()
}

// sorted puts the mistakes in order and drops those that were noted twice.
func (m *Mistakes) sorted() *Mistakes {
	slices.SortStableFunc(m.List, func(a, b Mistake) int {
		return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line))
	})
	m.List = slices.Compact(m.List)
	return m
}
