package syntax

import (
	"strconv"
	"strings"
)

// A scanner cuts a text into tokens.
type scanner struct {
	src    string
	pos    int // of the next byte
	line   int
	begin  int // where the line begins
	tokens []token
	errs   []*Error
	broken bool // the next token is a guess
}

// scan returns the tokens of src, the last of which is its end, and the mistakes.
func scan(src string) ([]token, []*Error) {
	s := &scanner{src: src, line: 1, tokens: make([]token, 0, 16+len(src)/6)}
	for len(s.errs) < maxErrors && s.next() {
	}
	s.broken = s.broken || len(s.errs) == maxErrors // the text does not end here
	s.add(endToken, "", s.line, s.pos-s.begin+1)
	return s.tokens, s.errs
}

// next scans one token, blank or comment; false at the end.
func (s *scanner) next() bool {
	if s.pos >= len(s.src) {
		return false
	}
	from, line, col := s.pos, s.line, s.pos-s.begin+1
	switch c := s.src[s.pos]; {
	case c == '\n' || c == '\r':
		s.newline()
	case c == ' ' || c == '\t':
		s.pos++
	case strings.HasPrefix(s.src[s.pos:], "--"):
		s.comment()
	case isLetter(c):
		s.word()
		k := nameToken
		if keywords[s.src[from:s.pos]] {
			k = keywordToken
		}
		s.add(k, s.src[from:s.pos], line, col)
	case isDigit(c) || c == '.' && isDigit(s.peek(1)):
		s.number(col)
		s.add(numberToken, s.src[from:s.pos], line, col)
	case c == '"' || c == '\'':
		s.quoted(c, col)
		s.add(stringToken, s.src[from:s.pos], line, col)
	case c == '[' && s.longLevel() >= 0:
		s.long("long string", line, col)
		s.add(stringToken, s.src[from:s.pos], line, col)
	default:
		s.operator(col)
	}
	return true
}

func (s *scanner) add(k kind, text string, line, col int) {
	t := token{kind: k, text: text, line: line, col: col, lastLine: s.line, broken: s.broken}
	s.broken = false
	if n := len(s.tokens); n == 0 || s.tokens[n-1].lastLine < line {
		t.first = true
		t.indent = col - 1
	} else {
		t.indent = s.tokens[n-1].indent
	}
	s.tokens = append(s.tokens, t)
}

// fail notes the first mistake of a line.
func (s *scanner) fail(line, col int, message, hint string) {
	if n := len(s.errs); n == 0 || s.errs[n-1].Line != line {
		s.errs = append(s.errs, &Error{Line: line, Column: col, Message: message, Hint: hint})
	}
}

func (s *scanner) peek(n int) byte {
	if s.pos+n < len(s.src) {
		return s.src[s.pos+n]
	}
	return 0
}

// newline passes a line end, which may be two bytes.
func (s *scanner) newline() {
	c := s.src[s.pos]
	s.pos++
	if next := s.peek(0); next != c && (next == '\n' || next == '\r') {
		s.pos++
	}
	s.line++
	s.begin = s.pos
}

func (s *scanner) comment() {
	line, col := s.line, s.pos-s.begin+1
	s.pos += 2
	if s.peek(0) == '[' && s.longLevel() >= 0 {
		s.long("comment", line, col)
		return
	}
	for s.pos < len(s.src) && s.src[s.pos] != '\n' && s.src[s.pos] != '\r' {
		s.pos++
	}
}

func (s *scanner) word() {
	for s.pos < len(s.src) && (isLetter(s.src[s.pos]) || isDigit(s.src[s.pos])) {
		s.pos++
	}
}

// longLevel returns how many "=" the long bracket at pos has, or -1 if there is none.
func (s *scanner) longLevel() int {
	n := 1
	for s.peek(n) == '=' {
		n++
	}
	if s.peek(n) != '[' {
		return -1
	}
	return n - 1
}

// long passes a long string or comment, whose bracket is at pos.
func (s *scanner) long(what string, line, col int) {
	level := s.longLevel()
	closer := "]" + strings.Repeat("=", level) + "]"
	s.pos += level + 2
	for s.pos < len(s.src) {
		switch c := s.src[s.pos]; {
		case c == '\n' || c == '\r':
			s.newline()
		case c == ']' && strings.HasPrefix(s.src[s.pos:], closer):
			s.pos += len(closer)
			return
		default:
			s.pos++
		}
	}
	s.broken = true
	s.fail(line, col, "the "+what+" that begins here is not closed", "`"+closer+"` is missing")
}

// quoted passes a string in quotes.
func (s *scanner) quoted(quote byte, col int) {
	line := s.line
	for s.pos++; s.pos < len(s.src); s.pos++ {
		switch s.src[s.pos] {
		case quote:
			s.pos++
			return
		case '\n', '\r':
			s.broken = true
			s.fail(line, col, "the string that begins here is not closed on its line", "`"+string(quote)+"` is missing")
			return
		case '\\':
			s.escape()
		}
	}
	s.pos = min(s.pos, len(s.src)) // a backslash may be the last byte
	s.broken = true
	s.fail(line, col, "the string that begins here is not closed", "`"+string(quote)+"` is missing")
}

// escape passes all but the last byte of the escape sequence at pos.
func (s *scanner) escape() {
	col := s.pos - s.begin + 1
	s.pos++
	switch c := s.peek(0); {
	case c == '\n' || c == '\r':
		s.newline()
		s.pos--
	case isDigit(c):
		n := s.pos
		for s.pos-n < 2 && isDigit(s.peek(1)) {
			s.pos++
		}
		if code, _ := strconv.Atoi(s.src[n : s.pos+1]); code > 255 {
			s.fail(s.line, col, "`\\"+s.src[n:s.pos+1]+"` is no character: \\ddd counts to 255", "")
		}
	case isLetter(c) && strings.IndexByte("abfnrtv", c) < 0:
		s.fail(s.line, col, "Lua has no escape `\\"+string(c)+"`", "write `\\\\` for a backslash, or put the text in [[ ]]")
	}
}

// number passes a number and checks that it is one.
func (s *scanner) number(col int) {
	from := s.pos
	for s.pos < len(s.src) && (isLetter(s.src[s.pos]) || isDigit(s.src[s.pos]) || s.src[s.pos] == '.') {
		s.pos++
		exp := s.src[s.pos-1] | 0x20
		if exp == 'e' && (s.peek(0) == '+' || s.peek(0) == '-') && !isHex(s.src[from:s.pos]) {
			s.pos++
		}
	}
	lit := s.src[from:s.pos]
	if _, ok := numberValue(lit); ok {
		return
	}
	hint := ""
	switch {
	case strings.Contains(lit, ".."):
		hint = "a blank is missing before `..`; a range is written for i = 1, 3 do"
	case strings.Count(lit, ".") > 1:
		hint = "an address is text: put it in quotes"
	case strings.HasSuffix(lit, "s") || strings.HasSuffix(lit, "m") || strings.HasSuffix(lit, "h"):
		hint = "a duration is text: \"" + lit + "\""
	}
	s.fail(s.line, col, "`"+lit+"` is not a number", hint)
}

func isHex(lit string) bool { return len(lit) > 1 && lit[0] == '0' && lit[1]|0x20 == 'x' }

// numberValue is the value of a number as Lua reads it; false if it is none or
// too large.
func numberValue(lit string) (float64, bool) {
	if isHex(lit) {
		n, err := strconv.ParseUint(lit[2:], 16, 64)
		return float64(n), err == nil
	}
	for i := range lit {
		if c := lit[i] | 0x20; isLetter(lit[i]) && c != 'e' || lit[i] == '_' {
			return 0, false
		}
	}
	n, err := strconv.ParseFloat(lit, 64)
	return n, err == nil
}

func isLetter(c byte) bool { return c == '_' || 'a' <= c|0x20 && c|0x20 <= 'z' }
func isDigit(c byte) bool  { return '0' <= c && c <= '9' }
