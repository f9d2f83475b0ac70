package vm

import (
	"strings"

	lua "github.com/yuin/gopher-lua"
)

const (
	maxCaptures  = 32
	maxRecursion = 200 // as LUAI_MAXCCALLS
	stepsPerCall = 1_000_000
	stepsPerByte = 32 // on top, for each byte of the subject
	none         = -1 // no match

	captureUnfinished = -1
	capturePosition   = -2
)

// A matcher matches a pattern of Lua 5.1, with a bound on the work: a pattern
// like "^%s*(.-)%s*$" may else take minutes on a few KB of blanks.
type matcher struct {
	l        *lua.LState
	src, pat string
	level    int // captures begun
	captures [maxCaptures]struct{ start, size int }
	depth    int
	steps    int // left
}

func newMatcher(L *lua.LState, src, pat string) *matcher {
	return &matcher{l: L, src: src, pat: pat, steps: stepsPerCall + stepsPerByte*len(src)}
}

// at starts a match at s and returns its end, or none.
func (m *matcher) at(s, p int) int {
	m.level, m.depth = 0, 0
	return m.match(s, p)
}

func (m *matcher) step() {
	if m.steps--; m.steps < 0 {
		m.l.RaiseError("pattern %q is too expensive for this string of %d bytes", m.pat, len(m.src))
	}
}

// match matches the pattern from p on at s.
func (m *matcher) match(s, p int) int {
	if m.depth++; m.depth > maxRecursion {
		m.l.RaiseError("pattern too complex")
	}
	end := m.items(s, p)
	m.depth--
	return end
}

// items matches one item of the pattern after the other.
func (m *matcher) items(s, p int) int {
	for p < len(m.pat) {
		m.step()
		switch c := m.pat[p]; {
		case c == '(':
			return m.open(s, p)
		case c == ')':
			return m.close(s, p+1)
		case c == '$' && p+1 == len(m.pat):
			if s == len(m.src) {
				return s
			}
			return none
		case c == '%' && p+1 < len(m.pat) && strings.IndexByte("bf0123456789", m.pat[p+1]) >= 0:
			if s, p = m.special(s, p+1); s == none {
				return none
			}
		default:
			ep := m.classEnd(p)
			if ep < len(m.pat) && strings.IndexByte("*+-?", m.pat[ep]) >= 0 {
				return m.repeat(s, p, ep)
			}
			if !m.single(s, p, ep) {
				return none
			}
			s, p = s+1, ep
		}
	}
	return s
}

// special matches %b, %f and %1 to %9, with p at the letter, and returns where
// subject and pattern go on.
func (m *matcher) special(s, p int) (int, int) {
	switch c := m.pat[p]; c {
	case 'b':
		return m.balance(s, p+1), p + 3
	case 'f':
		return m.frontier(s, p+1)
	default:
		return m.back(s, c), p + 1
	}
}

// repeat matches the item from p to ep with the *, +, - or ? that follows it.
func (m *matcher) repeat(s, p, ep int) int {
	switch m.pat[ep] {
	case '?':
		if m.single(s, p, ep) {
			if end := m.match(s+1, ep+1); end != none {
				return end
			}
		}
		return m.match(s, ep+1)
	case '+':
		if !m.single(s, p, ep) {
			return none
		}
		return m.longest(s+1, p, ep)
	case '*':
		return m.longest(s, p, ep)
	default:
		return m.shortest(s, p, ep)
	}
}

func (m *matcher) longest(s, p, ep int) int {
	i := 0
	for m.single(s+i, p, ep) {
		m.step()
		i++
	}
	for ; i >= 0; i-- {
		if end := m.match(s+i, ep+1); end != none {
			return end
		}
	}
	return none
}

func (m *matcher) shortest(s, p, ep int) int {
	for {
		if end := m.match(s, ep+1); end != none {
			return end
		}
		if !m.single(s, p, ep) {
			return none
		}
		s++
	}
}

// balance matches %bxy with p at the x.
func (m *matcher) balance(s, p int) int {
	if p+1 >= len(m.pat) {
		m.l.RaiseError("unbalanced pattern")
	}
	if s >= len(m.src) || m.src[s] != m.pat[p] {
		return none
	}
	open := 1
	for i := s + 1; i < len(m.src); i++ {
		m.step()
		switch m.src[i] {
		case m.pat[p+1]:
			if open--; open == 0 {
				return i + 1
			}
		case m.pat[p]:
			open++
		}
	}
	return none
}

// frontier matches %f[set] with p at the set.
func (m *matcher) frontier(s, p int) (int, int) {
	if p >= len(m.pat) || m.pat[p] != '[' {
		m.l.RaiseError("missing '[' after '%%f' in pattern")
	}
	ep := m.classEnd(p)
	var before, here byte
	if s > 0 {
		before = m.src[s-1]
	}
	if s < len(m.src) {
		here = m.src[s]
	}
	if m.inSet(before, p, ep-1) || !m.inSet(here, p, ep-1) {
		return none, ep
	}
	return s, ep
}

// back matches what an earlier capture matched.
func (m *matcher) back(s int, digit byte) int {
	i := int(digit - '1')
	if i < 0 || i >= m.level || m.captures[i].size == captureUnfinished {
		m.l.RaiseError("invalid capture index")
	}
	c := m.captures[i]
	if c.size >= 0 && strings.HasPrefix(m.src[s:], m.src[c.start:c.start+c.size]) {
		return s + c.size
	}
	return none
}

// open begins a capture at the "(" at p.
func (m *matcher) open(s, p int) int {
	if m.level >= maxCaptures {
		m.l.RaiseError("too many captures")
	}
	size := captureUnfinished
	p++
	if p < len(m.pat) && m.pat[p] == ')' {
		size = capturePosition
		p++
	}
	c := &m.captures[m.level]
	c.start, c.size = s, size
	m.level++
	end := m.match(s, p)
	if end == none {
		m.level--
	}
	return end
}

// close ends the innermost open capture.
func (m *matcher) close(s, p int) int {
	for i := m.level - 1; i >= 0; i-- {
		if c := &m.captures[i]; c.size == captureUnfinished {
			c.size = s - c.start
			end := m.match(s, p)
			if end == none {
				c.size = captureUnfinished
			}
			return end
		}
	}
	m.l.RaiseError("invalid pattern capture")
	return none
}

// push pushes the captures of a match from s to e; the whole match if the
// pattern has none and whole is set. It returns how many.
func (m *matcher) push(s, e int, whole bool) int {
	if m.level == 0 && whole {
		m.l.Push(lua.LString(m.src[s:e]))
		return 1
	}
	for i := range m.level {
		m.l.Push(m.capture(i, s, e))
	}
	return m.level
}

// capture returns capture i of a match from s to e; the whole match as the
// first if the pattern has none.
func (m *matcher) capture(i, s, e int) lua.LValue {
	if i >= m.level {
		if i > 0 {
			m.l.RaiseError("invalid capture index")
		}
		return lua.LString(m.src[s:e])
	}
	c := m.captures[i]
	switch c.size {
	case capturePosition:
		return lua.LNumber(c.start + 1)
	case captureUnfinished:
		m.l.RaiseError("unfinished capture")
	}
	return lua.LString(m.src[c.start : c.start+c.size])
}
