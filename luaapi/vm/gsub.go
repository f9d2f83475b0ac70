package vm

import (
	"math"
	"strings"

	lua "github.com/yuin/gopher-lua"
)

// stringGsub is string.gsub(s, pattern, repl [, n]).
func stringGsub(L *lua.LState) int {
	s, pat := checkText(L, 1), checkText(L, 2)
	replace := replacer(L)
	limit := optInt(L, 4, math.MaxInt)
	m := newMatcher(L, s, pat)
	p, anchored := anchor(pat)
	var b strings.Builder
	pos, n := 0, 0
	for n < limit {
		m.step()
		e := m.at(pos, p)
		if e != none {
			n++
			replace(m, &b, pos, e)
			checkSize(L, b.Len())
		}
		switch {
		case e != none && e > pos:
			pos = e
		case pos < len(s):
			b.WriteByte(s[pos])
			pos++
		default:
			pos++
		}
		if pos > len(s) || anchored {
			break
		}
	}
	b.WriteString(s[min(pos, len(s)):])
	checkSize(L, b.Len())
	m.pay()
	L.Push(lua.LString(b.String()))
	L.Push(lua.LNumber(n))
	return 2
}

// A replaceFunc writes what replaces the match from s to e.
type replaceFunc func(m *matcher, b *strings.Builder, s, e int)

// replacer makes one of the third argument.
func replacer(L *lua.LState) replaceFunc {
	switch r := L.Get(3).(type) {
	case lua.LString, lua.LNumber:
		text := describe(r)
		return func(m *matcher, b *strings.Builder, s, e int) { expand(m, b, text, s, e) }
	case *lua.LTable:
		return func(m *matcher, b *strings.Builder, s, e int) {
			writeValue(m, b, L.GetTable(r, m.capture(0, s, e)), s, e)
		}
	case *lua.LFunction:
		return func(m *matcher, b *strings.Builder, s, e int) {
			L.Push(r)
			L.Call(m.push(s, e, true), 1)
			v := L.Get(-1)
			L.Pop(1)
			writeValue(m, b, v, s, e)
		}
	}
	L.ArgError(3, "string/function/table expected")
	return nil
}

// expand writes text with its %0 to %9 filled in.
func expand(m *matcher, b *strings.Builder, text string, s, e int) {
	for i := 0; i < len(text); i++ {
		switch {
		case text[i] != '%':
			b.WriteByte(text[i])
		case i+1 == len(text):
			b.WriteByte(0) // as Lua 5.1, which reads the end of the C string here
		default:
			i++
			switch c := text[i]; {
			case c == '0':
				b.WriteString(m.src[s:e])
			case isDigit(c):
				b.WriteString(describe(m.capture(int(c-'1'), s, e)))
			default:
				b.WriteByte(c)
			}
		}
	}
}

// writeValue writes what a function or table gave; false and nil keep the match.
func writeValue(m *matcher, b *strings.Builder, v lua.LValue, s, e int) {
	switch v := v.(type) {
	case lua.LString, lua.LNumber:
		b.WriteString(describe(v))
	default:
		if lua.LVAsBool(v) {
			m.l.RaiseError("invalid replacement value (a %s)", v.Type())
		}
		b.WriteString(m.src[s:e])
	}
}
