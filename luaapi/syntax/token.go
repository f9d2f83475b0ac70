package syntax

import "fmt"

// A kind is the kind of a token. Keywords and operators are told apart by text.
type kind int

const (
	endToken kind = iota // of the text
	nameToken
	keywordToken
	numberToken
	stringToken
	operatorToken
)

// A token is a word of the text.
type token struct {
	kind      kind
	text      string // as it is written
	line, col int    // where it begins; both from 1, col in bytes
	lastLine  int    // where it ends: a long string spans lines
	first     bool   // the first of its line
	indent    int    // blanks before the first token of its line
	broken    bool   // a guess: the scanner has told a mistake in it or before it
}

// is tells whether t is the keyword or operator s.
func (t token) is(s string) bool {
	return (t.kind == keywordToken || t.kind == operatorToken) && t.text == s
}

// quoted names t in a message.
func (t token) quoted() string {
	const most = 40
	switch {
	case t.kind == endToken:
		return "the end of the file"
	case len(t.text) > most:
		return fmt.Sprintf("`%.*s...`", most, t.text)
	}
	return "`" + t.text + "`"
}

var keywords = map[string]bool{
	"and": true, "break": true, "do": true, "else": true, "elseif": true, "end": true, "false": true,
	"for": true, "function": true, "goto": true, "if": true, "in": true, "local": true, "nil": true,
	"not": true, "or": true, "repeat": true, "return": true, "then": true, "true": true, "until": true,
	"while": true,
}
