package syntax

import (
	"fmt"
	"strings"
)

// more is the part of the prelude that the expressions need.
const more = `
function T(v) if type(v) == "table" then return v end return {} end
function F(v) if type(v) == "function" then return v end return function(...) return ... end end
function I(t, i) i = i + 1 if t[i] ~= nil then return i, t[i] end end
function J(t) return t, 0 end
function K(t) return I, t, 0 end
`

// function writes a function, named, local or anonymous, and calls it.
func (g *generator) function() {
	g.names++
	name := fmt.Sprintf("f%d", g.names)
	params := []string{}
	for g.maybe(60) && len(params) < 4 {
		g.names++
		params = append(params, fmt.Sprintf("p%d", g.names))
	}
	varargs := g.maybe(30)
	list := params
	if varargs {
		list = append(append([]string{}, params...), "...")
	}
	head := strings.Join(list, ", ")
	switch g.r.IntN(3) {
	case 0:
		g.line("local function %s(%s) tick(10)", name, head)
	case 1:
		g.line("local %s = function(%s) tick(10)", name, head)
	default:
		g.line("local %s %s = function(%s) tick(10)", name, name, head)
	}
	outer, loops, was := g.vars, g.loops, g.varargs
	g.vars = append(append([]string{}, outer...), params...)
	g.loops, g.varargs = 0, varargs
	g.inner()
	if g.maybe(80) {
		g.line(" return %s", g.list(3))
	}
	g.vars, g.loops, g.varargs = outer, loops, was
	g.line("end")
	g.vars = append(g.vars, name)
	g.line("P(%s(%s))", name, g.list(3))
}

// protected writes a pcall of a function that may fail.
func (g *generator) protected() {
	was := g.varargs
	g.varargs = false
	g.line("P(%s", g.pick("pcall(function(e)", "select(2, pcall(function(e)"))
	open := strings.Count(lastLine(g.b.String()), "(") - 1
	g.vars = append(g.vars, "e")
	g.inner()
	g.vars = g.vars[:len(g.vars)-1]
	g.line(" if %s then error(S(%s), 0) end", g.expr(1), g.expr(1))
	g.line(" return %s", g.list(2))
	g.varargs = was
	closing := ", " + g.expr(1) + strings.Repeat(")", open)
	g.line("end%s", closing)
}

func lastLine(s string) string {
	s = strings.TrimSuffix(s, "\n")
	return s[strings.LastIndexByte(s, '\n')+1:]
}

// method writes an object with a method and calls it.
func (g *generator) method() {
	o := g.fresh()
	g.line("local %s = {n = %s}", o, g.expr(1))
	g.line("function %s:add(x, ...) tick(10) self.n = N(self.n) + N(x) return self, ... end", o)
	g.line("P(T(%s:add(%s)).n, %s:add(%s):add(%s).n)", o, g.list(2), o, g.expr(1), g.expr(1))
	g.vars = append(g.vars, o)
}

func (g *generator) coroutine() {
	v := g.fresh()
	was := g.varargs
	g.varargs = false
	g.line("local %s = coroutine.wrap(function(a, b) tick(10) local c, d = coroutine.yield(%s)", v, g.list(2))
	g.vars = append(g.vars, "a", "b", "c", "d")
	g.inner()
	g.line(" return %s end)", g.list(2))
	g.vars = g.vars[:len(g.vars)-4]
	g.varargs = was
	g.line("P(%s(%s)) P(%s(%s))", v, g.list(2), v, g.list(1))
}

// tables writes the library functions for tables and strings.
func (g *generator) tables() {
	e := g.expr(1)
	switch g.r.IntN(7) {
	case 0:
		g.line("do local t = {N(%s), N(%s), 3, 1} table.sort(t, function(a, b) return a %s b end) P(unpack(t)) end", e, g.expr(1), g.pick("<", ">"))
	case 1:
		g.line("P(S(%s):gsub(%q, %s))", e, g.pick("%a", "%d+", ".", "(.)(.?)", "", "^.", "%w*", ".-$"), g.pick(`"<%0>"`, `"%1%1"`, `{a = 1, g = "G"}`, `function(s) return s ~= "" and s .. "!" end`))
	case 2:
		g.line("P(S(%s):find(%q, %d))", e, g.pick("%a", "%d+", "(.)%1", "[^a-f]+()", "%f[%w]%w+", "%b()", "a-b", "."), g.r.IntN(5)-2)
	case 3:
		g.line("P(pcall(string.format, %q, N(%s), S(%s)))", g.pick("%d|%s", "%5.1f|%5s", "%g|%q", "%x|%-5s|", "%05d|%.2s", "%+i|%s", "%e|%s", "%3i|%s"), e, g.expr(1))
	case 4:
		g.line("for a, b in S(%s):gmatch(%q) do P(a, b) end", e, g.pick("%w+", "(.)(.)", "()", "%d"))
	case 5:
		g.line("P(tonumber(S(N(%s))), S(tostring(N(%s))), #S(%s), S(%s):upper():rep(2))", e, g.expr(1), g.expr(1), g.expr(1))
	default:
		g.line("do local t = %s table.insert(t, N(%s)) P(#t, table.remove(t), select('#', unpack(t, 1, 2))) end", "{("+g.expr(1)+") or 0, ("+g.expr(1)+") or 0}", e)
	}
}

// list writes up to n expressions, the last of which may have many values.
func (g *generator) list(n int) string {
	out := []string{g.expr(2)}
	for len(out) < n && g.maybe(50) {
		out = append(out, g.expr(1))
	}
	if g.maybe(25) {
		out = append(out, g.multi())
	}
	return strings.Join(out, ", ")
}

// multi is an expression with any number of values.
func (g *generator) multi() string {
	if g.varargs && g.maybe(50) {
		return "..."
	}
	return "F(" + g.variable() + ")(" + g.expr(1) + ", " + g.expr(1) + ")"
}

func (g *generator) constructor(depth int) string {
	var fields []string
	n := g.r.IntN(5)
	if g.maybe(3) {
		n = 48 + g.r.IntN(6)
	}
	for range n {
		switch g.r.IntN(5) {
		case 0:
			fields = append(fields, g.pick("x", "y")+" = "+g.pick(g.expr(depth), g.multi()))
		case 1:
			fields = append(fields, "[ "+g.expr(depth)+" or 2] = "+g.expr(depth))
		default:
			fields = append(fields, g.expr(depth)+" or 0")
		}
	}
	if g.maybe(20) {
		fields = append(fields, g.multi())
	}
	return "{" + strings.Join(fields, g.pick(", ", "; ")) + "}"
}

func (g *generator) constant() string {
	return g.pick("nil", "true", "false", "0", "1", "2", "7", "0.5", "0x1F", "1e3", `""`, `"a"`, `"b2"`, `'x"y'`, "[[long\nstring]]", `"10"`)
}

func (g *generator) expr(depth int) string {
	if depth <= 0 || g.maybe(25) {
		if g.maybe(45) {
			return g.constant()
		}
		return g.variable()
	}
	a, b := g.expr(depth-1), g.expr(depth-1)
	switch g.r.IntN(16) {
	case 0, 1:
		return "(" + a + " and " + b + ")"
	case 2, 3:
		return "(" + a + " or " + b + ")"
	case 4:
		return a + " and " + b + " or " + g.variable()
	case 5:
		return "not " + g.pick(a, "("+b+")")
	case 6:
		return "(" + a + ") " + g.pick("==", "~=") + " (" + b + ")"
	case 7:
		return "N(" + a + ") " + g.pick("<", ">", "<=", ">=") + " N(" + b + ")"
	case 8, 9:
		return "(N(" + a + ") " + g.pick("+", "-", "*", "/ 0.5 *", "/ 3 -") + " N(" + b + "))"
	case 14:
		return "(math.floor(N(" + a + ")) % math.floor(N(" + b + ")))"
	case 10:
		return "S(" + a + ") .. S(" + b + ")" + g.pick("", ` .. "z"`)
	case 11:
		return g.constructor(depth - 1)
	case 12:
		return "(" + g.multi() + ")"
	case 13:
		return "T(" + g.variable() + ")" + g.pick(".x", "[1]", "[ "+a+" or 1]")
	default:
		was := g.varargs
		g.varargs = false
		a = g.expr(depth - 1)
		g.varargs = was
		return "function() " + g.pick("return "+a, g.variable()+" = "+a) + " end"
	}
}
