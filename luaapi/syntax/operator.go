package syntax

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

var operators = []string{"...", "..", "==", "~=", "<=", ">=", "::"}

// strangers are what other languages write, and what word processors make of
// it. Reading goes on as if is had been written.
var strangers = []struct{ text, is, hint string }{
	{"!=", "~=", "\"not equal\" is written `~=`"},
	{"!", "not", "\"not\" is written `not`"},
	{"&&", "and", "\"and\" is written `and`"},
	{"||", "or", "\"or\" is written `or`"},
	{"&", "*", "there are no operators on bits"},
	{"|", "*", "there are no operators on bits"},
	{"?", "", "a ? b : c is written a and b or c"},
	{"~", "", "\"not equal\" is written `~=`; there are no operators on bits"},
	{"\u00a0", "", "this is a no-break space, which only looks like a blank"},
	{"\ufeff", "", "this is a byte order mark, which does not belong here"},
}

// quotes are those of word processors.
const quotes = "“”„‘’"

// operator passes an operator, or what is none.
func (s *scanner) operator(col int) {
	rest := s.src[s.pos:]
	for _, op := range operators {
		if strings.HasPrefix(rest, op) {
			s.pos += len(op)
			s.add(operatorToken, op, s.line, col)
			return
		}
	}
	if strings.IndexByte("+-*/%^#<>=(){}[];:,.", rest[0]) >= 0 {
		s.pos++
		s.add(operatorToken, rest[:1], s.line, col)
		return
	}
	s.stranger(rest, col)
}

// stranger passes what is no operator, and begins rest.
func (s *scanner) stranger(rest string, col int) {
	for _, x := range strangers {
		if strings.HasPrefix(rest, x.text) {
			s.fail(s.line, col, strconv.Quote(x.text)+" is not Lua", x.hint)
			s.pos += len(x.text)
			s.instead(x.is, col)
			return
		}
	}
	switch r, size := utf8.DecodeRuneInString(rest); {
	case r == 0:
		s.fail(s.line, col, `"\x00" is not Lua`, "this is not a text file?")
		s.pos = len(s.src)
	case strings.ContainsRune(quotes, r):
		s.fancy(r, size, col)
	default:
		s.fail(s.line, col, strconv.QuoteRune(r)+" is not Lua", "")
		s.pos += size
		s.broken = true
	}
}

// instead adds what was meant.
func (s *scanner) instead(text string, col int) {
	switch {
	case text == "":
		s.broken = true
	case keywords[text]:
		s.add(keywordToken, text, s.line, col)
	default:
		s.add(operatorToken, text, s.line, col)
	}
}

// fancy passes a string in quotes of a word processor: what is on the line up
// to the last of them.
func (s *scanner) fancy(r rune, size, col int) {
	hint := "quotes are written `\"`"
	if strings.ContainsRune("‘’", r) {
		hint = "quotes are written `'`"
	}
	s.fail(s.line, col, strconv.Quote(string(r))+" is not Lua", hint)
	from := s.pos
	line, _, _ := strings.Cut(s.src[from:], "\n")
	s.pos += size
	if end := strings.IndexAny(line[size:], quotes); end >= 0 {
		_, last := utf8.DecodeRuneInString(line[size+end:])
		s.pos += end + last
	} else {
		s.pos, s.broken = from+len(line), true
	}
	s.add(stringToken, s.src[from:s.pos], s.line, col)
}
