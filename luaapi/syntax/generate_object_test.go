package syntax

import (
	"fmt"
	"strings"
)

// events are the metamethods with a body that shows how they were called.
var events = []string{
	"__add = function(a, b) return S(a) .. '+' .. S(b) end", "__sub = function(a, b) return T(a).n or T(b).n end", "__mul = function(a, b) return a, b end",
	"__div = function() return nil end", "__mod = function(a, b) return 7, 8 end", "__pow = function(a, b) return b end", "__unm = function(a, b) return kind(a) end",
	"__concat = function(a, b) return S(a) .. '..' .. S(b) end", "__eq = same", "__lt = function(a, b) return T(a).n end",
	"__le = function(a, b) return 1 end", "__index = {x = 5, n = 1}", "__index = function(t, k) return S(k) .. '?' end", "__newindex = function(t, k, v) rawset(t, k, S(v) .. '!') end",
	"__newindex = {}", "__call = function(self, ...) return select('#', ...), ... end", "__tostring = function() return 'object' end", "__metatable = 'hidden'",
	"__add = function() error('no', 0) end", "__index = function() error({}) end", "__call = 5", "__tostring = function() return 'o' end",
}

// object writes objects with some metamethods and what may call these.
func (g *generator) object() {
	was := g.varargs
	g.varargs = false
	defer func() { g.varargs = was }()
	g.names++
	o, p := fmt.Sprintf("o%d", g.names), fmt.Sprintf("m%d", g.names)
	var mt []string
	for range 1 + g.r.IntN(6) {
		mt = append(mt, events[g.r.IntN(len(events))])
	}
	g.line("local %s, %s = {n = %s}, {n = 2}", o, p, g.constant())
	g.line("do local same = function() return true end local mt = {%s} setmetatable(%s, mt) setmetatable(%s, %s) end", strings.Join(mt, ", "), o, p, g.pick("mt", "mt", "{}", "nil"))
	for range 2 + g.r.IntN(4) {
		other := g.pick(p, p, "1", "'s'", "nil", o)
		a, b := o, other
		if g.maybe(30) {
			a, b = other, o
		}
		switch g.r.IntN(8) {
		case 0, 1:
			g.line("E(function() return %s %s %s end)", a, g.pick("+", "-", "*", "/", "%", "^", ".."), b)
		case 2:
			g.line("E(function() return %s %s %s end)", a, g.pick("==", "~=", "<", "<=", ">", ">="), b)
		case 3:
			g.line("E(function() return %s%s end)", g.pick("-", "#", "not "), a)
		case 4:
			g.line("E(function() return %s.%s, rawget(%s, 'x') end)", o, g.pick("x", "n", "y.z"), o)
		case 5:
			g.line("E(function() %s.%s = %s return rawget(%s, 'x'), %s.x end)", o, g.pick("x", "n", "y"), g.constant(), o, o)
		case 6:
			g.line("E(function() return %s(%s) end)", o, g.list(2))
		default:
			g.line("E(function() return %s end)", g.pick("tostring("+o+") == 'object'", "getmetatable("+o+") == 'hidden'", "setmetatable("+o+", nil) == "+o, "'a' .. "+o+" .. 'b'", o+" .. 1 .. "+p))
		}
	}
}

// counting writes numeric loops with fractions, strings and large steps.
func (g *generator) counting() {
	from, to, step := g.pick("1", "0", "-1", "0.1", "3", "2.75", "1e15"), g.pick("3", "1", "0", "0.5", "-2", "4", "1e15 + 2"), g.pick("1", "0.1", "-1", "0.25", "2", "-0.5", "0.3", "1e10")
	g.names++
	g.line("E(function() local n, last = 0 for i = %s, %s, %s do n = n + 1 last = i %s if n > 12 then break end end return n, last end)", from, to, step, g.pick("", "i = 0", "local i = n"))
}

// blame writes errors that blame lines at levels.
func (g *generator) blame() {
	g.names++
	f := fmt.Sprintf("e%d", g.names)
	g.line("local function %s(n)", f)
	g.line(" if n == 0 then %s end", g.pick("error('e', 1)", "error('e', 2)", "error('e', 3)", "error('e')", "error('e', 0)", "local x = nil + 1", "local x = {} .. 1", "nosuch.field()", "return #nil", "error({})", "error()"))
	g.line(" local r =")
	g.line("  %s(n - 1)", f)
	g.line(" return r")
	g.line("end")
	g.line("L(function()")
	g.line(" %s(%s)", f, g.pick("0", "1", "2"))
	g.line(" return 1")
	g.line("end)")
}

// generatorLoop writes a coroutine that is used as an iterator, and what becomes of it.
func (g *generator) generatorLoop() {
	g.names++
	co := fmt.Sprintf("co%d", g.names)
	g.line("local %s = coroutine.create(function(...)", co)
	g.line(" for i = 1, %s do tick() local a, b = coroutine.yield(i, %s) P('in', a, b, %s) %s end", g.pick("0", "1", "3"), g.constant(), g.pick("coroutine.status("+co+")", "select('#', ...)", "1"),
		g.pick("", "if a then error(a, 0) end", "if b then return b end", "local ok, e = pcall(error, a, 0) P(ok, e)"))
	if g.maybe(50) {
		g.line(" return %s", g.constant())
	}
	g.line("end)")
	for range 1 + g.r.IntN(5) {
		g.line("P(coroutine.status(%s), coroutine.resume(%s%s))", co, co, g.pick("", ", 1", ", nil, 2", ", 'x', 'y'", ", nil"))
	}
	g.line("E(function() local s = 0 for a, b in coroutine.wrap(function() for i = 1, 3 do coroutine.yield(i, -i) end end) do s = s + a * 10 + b end return s end)")
}

// closures writes functions that share variables of a loop.
func (g *generator) closures() {
	g.names++
	f := fmt.Sprintf("fs%d", g.names)
	g.line("local %s = {}", f)
	g.line("%s local v = i or 0 %s[#%s + 1] = function(d) v = v + (d or 1) %s return v, i end %s end",
		g.pick("for i = 1, 3 do", "for i, x in ipairs({4, 5}) do", "local i = 0 while i < 3 do i = i + 1"), f, f, g.pick("", "i = i + 1"), g.pick("", "if v == 2 then break end"))
	g.line("for k = 1, #%s do P(%s[k](), %s[k](10)) end", f, f, f)
}
