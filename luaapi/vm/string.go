package vm

import (
	"slices"
	"strings"

	lua "github.com/yuin/gopher-lua"
)

func (v *VM) openString() {
	L := v.main
	lib := v.stock("string", lua.OpenString)
	L.SetFuncs(lib, map[string]lua.LGFunction{
		"byte": stringByte, "char": stringChar, "len": stringLen, "reverse": stringReverse, "sub": stringSub,
		"find": stringFind, "format": stringFormat, "gmatch": stringGmatch, "gsub": stringGsub,
		"lower": stringLower, "match": stringMatch, "rep": stringRep, "upper": stringUpper,
	})
	// Strings share one metatable; it must be out of the script's reach.
	mt := L.CreateTable(0, 9)
	mt.RawSetString("__index", lib)
	mt.RawSetString("__metatable", lua.LFalse)
	addArithmetic(L, mt)
	L.SetMetatable(lua.LString(""), mt)
}

// checkSize bounds a string that a library function makes, and makes the
// budget feel the work.
func checkSize(L *lua.LState, n int) {
	if n > MaxString {
		L.RaiseError("the resulting string is longer than %d bytes", MaxString)
	}
	if n > lookEvery {
		Work(L, n/1024)
	}
}

func stringLen(L *lua.LState) int {
	L.Push(lua.LNumber(len(checkText(L, 1))))
	return 1
}

// part returns the part of s from i to j, which count from 1, or from the end if
// they are negative.
func part(s string, i, j int) string {
	if i < 0 {
		i = max(i+len(s)+1, 1)
	}
	if j < 0 {
		j += len(s) + 1
	}
	i, j = max(i, 1), min(j, len(s))
	if i > j {
		return ""
	}
	return s[i-1 : j]
}

func stringSub(L *lua.LState) int {
	L.Push(lua.LString(part(checkText(L, 1), checkInt(L, 2), optInt(L, 3, -1))))
	return 1
}

func stringByte(L *lua.LState) int {
	i := optInt(L, 2, 1)
	bytes := part(checkText(L, 1), i, optInt(L, 3, i))
	if len(bytes) > maxRegistry {
		L.RaiseError("string slice too long (more than %d bytes at once)", maxRegistry)
	}
	for _, c := range []byte(bytes) {
		L.Push(lua.LNumber(c))
	}
	return len(bytes)
}

func stringChar(L *lua.LState) int {
	bytes := make([]byte, L.GetTop())
	for i := range bytes {
		c := checkInt(L, i+1)
		if c < 0 || c > 255 {
			L.ArgError(i+1, "invalid value")
		}
		bytes[i] = byte(c)
	}
	L.Push(lua.LString(bytes))
	return 1
}

func stringReverse(L *lua.LState) int {
	bytes := []byte(checkText(L, 1))
	slices.Reverse(bytes)
	L.Push(lua.LString(bytes))
	return 1
}

func stringRep(L *lua.LState) int {
	s, n := checkText(L, 1), checkNumber(L, 2)
	if n < 1 || s == "" || n != n {
		L.Push(lua.LString(""))
		return 1
	}
	checkSize(L, int(min(n*float64(len(s)), MaxString+1)))
	L.Push(lua.LString(strings.Repeat(s, int(n))))
	return 1
}

func stringLower(L *lua.LState) int { return mapBytes(L, 'A', 'Z') }
func stringUpper(L *lua.LState) int { return mapBytes(L, 'a', 'z') }

// mapBytes changes the case of the letters from low to high, byte by byte:
// Go's functions would also change what is not ASCII, and bad UTF-8.
func mapBytes(L *lua.LState, low, high byte) int {
	b := []byte(checkText(L, 1))
	for i, c := range b {
		if low <= c && c <= high {
			b[i] = c ^ 0x20
		}
	}
	L.Push(lua.LString(b))
	return 1
}

// start turns the optional argument n, a position that may count from the
// end, into an offset in s.
func start(L *lua.LState, n int, s string) int {
	i := optInt(L, n, 1)
	if i < 0 {
		i += len(s) + 1
	}
	return min(max(i-1, 0), len(s))
}

func stringFind(L *lua.LState) int {
	s, pat := checkText(L, 1), checkText(L, 2)
	init := start(L, 3, s)
	if L.ToBool(4) || !strings.ContainsAny(pat, "^$*+?.([%-") {
		i := strings.Index(s[init:], pat)
		if i < 0 {
			L.Push(lua.LNil)
			return 1
		}
		L.Push(lua.LNumber(init + i + 1))
		L.Push(lua.LNumber(init + i + len(pat)))
		return 2
	}
	m, b, e := search(L, s, pat, init)
	if e == none {
		L.Push(lua.LNil)
		return 1
	}
	L.Push(lua.LNumber(b + 1))
	L.Push(lua.LNumber(e))
	return 2 + m.push(b, e, false)
}

func stringMatch(L *lua.LState) int {
	s, pat := checkText(L, 1), checkText(L, 2)
	m, b, e := search(L, s, pat, start(L, 3, s))
	if e == none {
		L.Push(lua.LNil)
		return 1
	}
	return m.push(b, e, true)
}

// search finds the first match from init on: from b to e, or e is none.
func search(L *lua.LState, s, pat string, init int) (m *matcher, b, e int) {
	m = newMatcher(L, s, pat)
	defer m.pay()
	p, anchored := anchor(pat)
	for b = init; b <= len(s); b++ {
		m.step()
		if e = m.at(b, p); e != none || anchored {
			return m, b, e
		}
	}
	return m, b, none
}

// pay makes the task's budget feel the steps of m.
func (m *matcher) pay() {
	Work(m.l, (stepsPerCall+stepsPerByte*len(m.src)-m.steps)/4)
}

// anchor returns where the pattern begins, and whether it is bound to the start.
func anchor(pat string) (p int, anchored bool) {
	if strings.HasPrefix(pat, "^") {
		return 1, true
	}
	return 0, false
}

func stringGmatch(L *lua.LState) int {
	s, pat := checkText(L, 1), checkText(L, 2)
	pos := 0
	L.Push(L.NewClosure(func(L *lua.LState) int {
		m := newMatcher(L, s, pat)
		defer m.pay()
		for ; pos <= len(s); pos++ {
			m.step()
			b, e := pos, m.at(pos, 0)
			if e == none {
				continue
			}
			pos = e
			if e == b {
				pos++
			}
			return m.push(b, e, true)
		}
		L.Push(lua.LNil)
		return 1
	}, lua.LString(s))) // as an upvalue, which is seen when the VM is weighed
	return 1
}
