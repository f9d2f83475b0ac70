package syntax

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// An Error is a mistake in the text of a policy.
type Error struct {
	File    string
	Line    int    // from 1
	Column  int    // in bytes, from 1; 0 if only the line is known
	Message string // what is wrong
	Hint    string // what to do; may be empty
	Excerpt string // the source line with a caret below
}

// Error returns "file:line: message (hint)".
func (e *Error) Error() string {
	s := fmt.Sprintf("%s:%d: %s", e.File, e.Line, e.Message)
	if e.Hint != "" {
		s += " (" + e.Hint + ")"
	}
	return s
}

// Detail returns Error and, on lines of its own, the excerpt.
func (e *Error) Detail() string {
	if e.Excerpt == "" {
		return e.Error()
	}
	return e.Error() + "\n" + e.Excerpt
}

// Errors are all mistakes of a text, in the order of their places; at least one.
type Errors []*Error

// Error returns one line for each mistake.
func (e Errors) Error() string {
	lines := make([]string, len(e))
	for i, one := range e {
		lines[i] = one.Error()
	}
	return strings.Join(lines, "\n")
}

// Unwrap lets errors.As find the first mistake.
func (e Errors) Unwrap() []error {
	all := make([]error, len(e))
	for i, one := range e {
		all[i] = one
	}
	return all
}

// maxErrors is how many mistakes of a text are told at once.
const maxErrors = 20

// sorted puts mistakes in the order of their places, without those that come
// again, and no more than people read.
func (e Errors) sorted() Errors {
	slices.SortStableFunc(e, func(a, b *Error) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
	e = slices.CompactFunc(e, func(a, b *Error) bool { return a.Line == b.Line && a.Column == b.Column })
	return e[:min(len(e), maxErrors)]
}

// maxExcerpt bounds the part of a source line that is shown.
const maxExcerpt = 160

// excerpt shows a line with its number, and a caret below col if col is in it.
func excerpt(lines []string, line, col int) string {
	if line < 1 || line > len(lines) {
		return ""
	}
	text := lines[line-1]
	from := 0
	if col > maxExcerpt {
		from = min(col-maxExcerpt/2, len(text))
	}
	head := fmt.Sprintf("%6d | ", line)
	shown := text[from:min(len(text), from+maxExcerpt)]
	out := head + strings.ToValidUTF8(shown, "?")
	if col < 1 || col > len(text)+1 {
		return out
	}
	return out + "\n" + strings.Repeat(" ", len(head)-2) + "| " + blank(text[from:min(col-1, len(text))]) + "^"
}

// blank replaces what stands before the caret by spaces, and keeps tabs.
func blank(s string) string {
	return strings.Map(func(r rune) rune {
		if r == '\t' {
			return r
		}
		return ' '
	}, s)
}
