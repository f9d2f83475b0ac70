package syntax

import (
	"fmt"
	"math/rand/v2"
	"strings"
)

// prelude is run before all generated programs. P prints values so that they
// can be compared; N and S make numbers and strings of anything; tick ends
// programs that run too long, also through pcall.
const prelude = `
local stop, raw, show, kind = {}, pcall, tostring, type
function reset() fuel = 800; g1, g2, g3 = 1, "g", nil end
function tick(n) fuel = fuel - (n or 1); if fuel < 0 then error(stop, 0) end end
function N(v) if kind(v) == "number" and v == v and v < 1e9 and v > -1e9 then return v end if kind(v) == "string" then return #v end return v and 1 or 0 end
function S(v) local k = kind(v) if k == "table" or k == "function" or k == "thread" then return k end if k == "string" and (v:find(":%d+:") or v:find("overflow")) then return "message" end if v ~= v then return "nan" end if v == 0 or v == "-0" then return "0" end return (show(v):sub(1, 24)) end
function P(...) local s = {} for i = 1, select("#", ...) do s[i] = S((select(i, ...))) end print(table.concat(s, " ")) end
local function after(...) if fuel < 0 then error(stop, 0) end return ... end
function pcall(f, ...) return after(raw(f, ...)) end
`

// A generator writes a random program that always ends.
type generator struct {
	r       *rand.Rand
	b       strings.Builder
	vars    []string // local variables in sight
	names   int
	nesting int
	loops   int
	varargs bool
}

// generate returns program number i, which is always the same.
func generate(i int) string {
	g := &generator{r: rand.New(rand.NewPCG(uint64(i), 51))}
	g.line("reset()")
	g.block(6 + g.r.IntN(8))
	g.line("P(%s)", g.list(4))
	return g.b.String()
}

func (g *generator) line(format string, args ...any) {
	fmt.Fprintf(&g.b, strings.Repeat(" ", g.nesting)+format+"\n", args...)
}

func (g *generator) pick(options ...string) string { return options[g.r.IntN(len(options))] }

func (g *generator) maybe(percent int) bool { return g.r.IntN(100) < percent }

func (g *generator) fresh() string {
	if len(g.vars) > 0 && g.maybe(15) {
		return g.variable() // hides another
	}
	g.names++
	return fmt.Sprintf("v%d", g.names)
}

func (g *generator) variable() string {
	if len(g.vars) == 0 || g.maybe(10) {
		return g.pick("g1", "g2", "g3")
	}
	return g.vars[len(g.vars)-1-g.r.IntN(min(len(g.vars), 8))]
}

// block writes n statements in a scope of their own.
func (g *generator) block(n int) {
	vars := len(g.vars)
	g.nesting++
	for range n {
		g.statement()
	}
	g.nesting--
	g.vars = g.vars[:vars]
}

func (g *generator) inner() { g.block(1 + g.r.IntN(3)) }

func (g *generator) statement() {
	simple := []func(){g.local, g.local, g.assign, g.assign, g.assign, g.print, g.callStatement, g.tables, g.library, g.library, g.counting}
	nested := []func(){g.ifElse, g.while, g.repeats, g.numeric, g.generic, g.function, g.function, g.protected, g.method, g.coroutine, g.do, g.object, g.blame, g.generatorLoop, g.closures}
	if g.nesting > 4 || g.maybe(60) {
		simple[g.r.IntN(len(simple))]()
		return
	}
	nested[g.r.IntN(len(nested))]()
}

func (g *generator) local() {
	if g.maybe(25) {
		v := g.fresh()
		g.line("local %s", v)
		g.vars = append(g.vars, v)
		return
	}
	names := []string{g.fresh()}
	for g.maybe(40) {
		names = append(names, g.fresh())
	}
	g.line("local %s = %s", strings.Join(names, ", "), g.list(3))
	g.vars = append(g.vars, names...)
}

func (g *generator) target() string {
	switch g.r.IntN(6) {
	case 0:
		return "T(" + g.variable() + ").x"
	case 1:
		return "T(" + g.variable() + ")[ " + g.expr(1) + " or 1]"
	}
	return g.variable()
}

func (g *generator) assign() {
	targets := []string{g.target()}
	for g.maybe(45) {
		targets = append(targets, g.target())
	}
	g.line("%s = %s", strings.Join(targets, ", "), g.list(3))
}

func (g *generator) print() { g.line("P(%s)", g.list(4)) }

func (g *generator) callStatement() {
	g.line("if type(%[1]s) == 'function' then P(%[1]s(%s)) end", g.variable(), g.list(3))
}

func (g *generator) do() {
	g.line("do")
	g.inner()
	g.line("end")
}

func (g *generator) ifElse() {
	g.line("if %s then", g.expr(2))
	g.inner()
	for g.maybe(30) {
		g.line("elseif %s then", g.expr(2))
		g.inner()
	}
	if g.maybe(50) {
		g.line("else")
		g.inner()
	}
	g.line("end")
}

// loop writes the body of a loop and its last line.
func (g *generator) loop(end string) {
	g.loops++
	g.line(" tick()")
	g.inner()
	if g.maybe(20) {
		g.line(" if %s then break end", g.expr(2))
	}
	g.loops--
	g.line("%s", end)
}

func (g *generator) while() {
	g.names++
	c := fmt.Sprintf("c%d", g.names)
	g.line("local %s = 0", c)
	g.line("while %s < %d and (%s) do %s = %s + 1", c, 1+g.r.IntN(4), g.expr(2), c, c)
	g.loop("end")
}

func (g *generator) repeats() {
	g.names++
	c := fmt.Sprintf("c%d", g.names)
	g.line("local %s = 0", c)
	g.line("repeat local d%d = %s; %s = %s + 1", g.names, g.expr(1), c, c)
	d := fmt.Sprintf("d%d", g.names)
	g.loop(fmt.Sprintf("until %s > %d or (%s and %s)", c, g.r.IntN(4), d, g.expr(1)))
}

func (g *generator) numeric() {
	v := g.fresh()
	g.line("for %s = %s do", v, g.pick("1, 3", "3, 1, -1", "N("+g.expr(1)+") % 4, 4", "1, 6, 2", "1, 0"))
	g.vars = append(g.vars, v)
	g.loop("end")
	g.vars = g.vars[:len(g.vars)-1]
}

func (g *generator) generic() {
	i, v := g.fresh(), g.fresh()
	t := g.constructor(1)
	from := g.pick("ipairs("+t+")", "I, "+t+", 0", "I, J("+t+")", "nil or ipairs("+t+")", "K("+t+")")
	g.line("for %s, %s in %s do", i, v, from)
	g.vars = append(g.vars, i, v)
	g.loop("end")
	g.vars = g.vars[:len(g.vars)-2]
}
