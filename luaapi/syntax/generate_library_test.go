package syntax

import (
	"fmt"
	"strings"
)

// protectedPrelude is the part of the prelude for what may fail: E prints the
// results of pcall, or that there was an error, L the line that an error blames.
const protectedPrelude = `
local function results(ok, ...) if ok then P(...) else P("error") end end
function E(f, ...) results(raw(f, ...)) if fuel < 0 then error(stop, 0) end end
function L(f, ...) local ok, why = raw(f, ...) P(ok, kind(why) == "string" and why:match(":(%d+):") or kind(why)) if fuel < 0 then error(stop, 0) end end
function D(t) local k = {} for i in pairs(t) do k[#k + 1] = S(i) end table.sort(k) P(unpack(k)) end
`

// library writes calls of the library, and operations that need no variables.
func (g *generator) library() {
	call := [](func() string){g.format, g.format, g.pattern, g.pattern, g.stringCall, g.tableCall, g.mathCall, g.conversion, g.arguments, g.clock}
	g.line("E(function() return %s end)", call[g.r.IntN(len(call))]())
}

func (g *generator) numberText() string {
	return g.pick("0", "1", "2", "-1", "3", "7", "10", "42", "-17", "255", "0.5", "-0.5", "1.5", "2.5", "-2.5", "0.1", "1/3", "-1/3", "1e15", "1e16", "123456789012",
		"1e100", "-1e100", "2^31", "2^32", "2^53", "2^53 + 1", "1e-5", "1e-7", "123456.789", "1e14", "99999999999999", "0.30000000000000004", "1/0", "-1/0", "3.14159265358979", "1e300 * 1e10")
}

func (g *generator) integerText() string {
	return g.pick("0", "1", "2", "3", "4", "5", "-1", "-2", "-3", "7", "100", "-100", "1.7")
}

func (g *generator) text() string {
	const letters = "aab bc1 2.-_,=(x)X%\n"
	var b strings.Builder
	for range g.r.IntN(12) {
		b.WriteByte(letters[g.r.IntN(len(letters))])
	}
	return fmt.Sprintf("%q", b.String())
}

// format writes string.format with any verb. Flags stand only where C says what
// they mean.
func (g *generator) format() string {
	verb := g.pick("d", "i", "u", "c", "x", "X", "o", "e", "E", "f", "g", "G", "q", "s")
	flags, arg := "", g.numberText()
	width, precision := g.pick("", "", "1", "5", "12"), g.pick("", "", ".", ".0", ".1", ".3", ".10")
	switch verb {
	case "q":
		return fmt.Sprintf("(%q):format(%s)", "%q", g.pick(g.text(), `"a\0b\r\n\\\""`, "1"))
	case "s":
		return fmt.Sprintf("(%q):format(%s)", "%"+g.pick("", "-")+width+precision+"s", g.pick(g.text(), "12.5", "1e15", "1/3"))
	case "c":
		return fmt.Sprintf("(%q):format(%s)", "%"+g.pick("", "-")+width+"c", g.pick("65", "97", "48", "200", "10"))
	case "x", "X", "o", "u":
		flags, arg = "#", g.integerText()
		if verb == "u" {
			flags = ""
		}
	case "d", "i":
		flags = " +"
	case "e", "E", "f", "g", "G":
		flags = " +#"
	}
	flags += "-0"
	out := "%"
	for g.maybe(40) {
		out += string(flags[g.r.IntN(len(flags))])
	}
	return fmt.Sprintf("(%q):format(%s)", out+width+precision+verb, arg)
}

func (g *generator) patternText() string {
	var b strings.Builder
	b.WriteString(g.pick("", "", "^"))
	open := 0
	for range 1 + g.r.IntN(4) {
		if g.maybe(20) {
			b.WriteString("(")
			open++
		}
		b.WriteString(g.pick("a", "b", ".", "%a", "%d", "%s", "%w", "%p", "%u", "%A", "%S", "[ab]", "[^ab]", "[a-c1]", "[%d.]", "[]]", "%.", "%b()", "%f[%w]", "%f[%s]", "()", "%1", " ", "=", "-", "x$", "%", "[a"))
		b.WriteString(g.pick("", "", "", "*", "+", "-", "?"))
		if open > 0 && g.maybe(50) {
			b.WriteString(")")
			open--
		}
	}
	b.WriteString(strings.Repeat(")", open))
	b.WriteString(g.pick("", "", "$"))
	return fmt.Sprintf("%q", b.String())
}

func (g *generator) pattern() string {
	s, p := g.text(), g.patternText()
	switch g.r.IntN(6) {
	case 0:
		return fmt.Sprintf("(%s):find(%s, %s)", s, p, g.integerText())
	case 1:
		return fmt.Sprintf("(%s):find(%s, %s, true)", s, g.text(), g.integerText())
	case 2:
		return fmt.Sprintf("(%s):match(%s, %s)", s, p, g.integerText())
	case 3:
		return fmt.Sprintf("(function() local n, t = 0, {} for a, b in (%s):gmatch(%s) do n = n + 1 t[n] = S(a) .. S(b) if n > 20 then break end end return n, unpack(t) end)()", s, p)
	}
	by := g.pick(`"<%0>"`, `"%1"`, `"%2"`, `"%%"`, `""`, `{a = "A", b = 1, [" "] = false}`, `function(a, b) return b end`,
		`function(...) return select("#", ...) end`, `function() return nil end`, `function() return {} end`, `string.upper`, "1", "nil")
	return fmt.Sprintf("(%s):gsub(%s, %s%s)", s, p, by, g.pick("", "", ", 1", ", 0", ", -1"))
}

func (g *generator) stringCall() string {
	s := g.pick(g.text(), g.text(), g.numberText())
	switch g.r.IntN(8) {
	case 0:
		return fmt.Sprintf("string.byte(%s, %s, %s)", s, g.integerText(), g.integerText())
	case 1:
		return fmt.Sprintf("string.sub(%s, %s, %s)", s, g.integerText(), g.integerText())
	case 2:
		return fmt.Sprintf("string.sub(%s, %s)", s, g.integerText())
	case 3:
		return fmt.Sprintf("string.rep(%s, %s)", s, g.pick("0", "1", "2", "3", "-1", "2.9", `"2"`))
	case 4:
		return fmt.Sprintf("string.reverse(%s), string.len(%s), string.upper(%s), string.lower(%s)", s, s, s, s)
	case 5:
		return fmt.Sprintf("string.char(%s)", g.pick("", "65", "97, 98", "256", "-1", `"66"`, "65.9"))
	case 6:
		return fmt.Sprintf("%s .. %s, #(%s .. '')", "("+s+")", "("+g.pick(g.text(), g.numberText())+")", s)
	}
	return fmt.Sprintf("%s %s %s", s, g.pick("==", "~=", "<", "<=", ">", ">="), g.pick(g.text(), g.numberText()))
}

func (g *generator) listText() string {
	return g.pick("{}", "{1}", "{1, 2, 3}", "{3, 1, 2}", `{"a", "b", "c"}`, "{1, 'x', 2.5}", "{5, 4, 3, 2, 1, 0}", `{"b", "a", "B", "10", "9"}`, "{1, 2, nil}", "{[1] = 1, [2] = 2}", "{n = 5, 1}")
}

func (g *generator) tableCall() string {
	t, i, j := g.listText(), g.integerText(), g.integerText()
	switch g.r.IntN(8) {
	case 0:
		return fmt.Sprintf("table.concat(%s, %s)", t, g.pick(`","`, `""`, "1"))
	case 1:
		return fmt.Sprintf("table.concat(%s, '-', %s, %s)", t, i, j)
	case 2:
		return fmt.Sprintf("(function() local t = %s table.insert(t, %s, 9) return #t, t[1], t[2], t[3], t[4], t[5], t[6], t[7] end)()", t, g.pick("1", "#t", "#t + 1"))
	case 3:
		return fmt.Sprintf("(function() local t = %s local r = table.remove(t%s) return r, #t, unpack(t) end)()", t, g.pick("", ", 1", ", #t", ", 2"))
	case 4:
		return fmt.Sprintf("(function() local t = %s table.sort(t%s) return unpack(t) end)()", t, g.pick("", ", function(a, b) return a > b end", ", function(a, b) return S(a) < S(b) end"))
	case 5:
		return fmt.Sprintf("unpack(%s, %s, %s)", t, i, g.pick("1", "2", "5", "-1"))
	case 6:
		return fmt.Sprintf("table.maxn(%s), #%s, next({}), rawget(%s, 1), rawequal(1, 1)", t, t, t)
	}
	return fmt.Sprintf("(function() local t, n = %s, 0 for k, v in %s do n = n + 1 end return n end)()", t, g.pick("ipairs(t)", "pairs(t)", "next, t"))
}

func (g *generator) mathCall() string {
	a, b := g.numberText(), g.numberText()
	switch g.r.IntN(8) {
	case 0:
		return fmt.Sprintf("math.%s(%s)", g.pick("floor", "ceil", "abs", "sqrt", "modf", "deg", "rad"), a)
	case 1:
		return fmt.Sprintf("math.%s(%s, %s), math.pow(%s, %s)", g.pick("max", "min"), a, b, g.pick("2", "3", "10", "0.5", "-2"), g.integerText())
	case 2:
		return fmt.Sprintf("math.frexp(%s)", g.pick("1", "0", "0.3", "-8", "1e10"))
	case 3:
		return fmt.Sprintf("math.ldexp(%s, %s)", g.pick("1", "0.5", "-3"), g.pick("0", "3", "-2", "10"))
	case 4:
		return fmt.Sprintf("math.fmod(%s, %s)", g.pick("7", "-7", "5.5", "0"), g.pick("3", "-3", "2", "0.5"))
	case 5:
		return fmt.Sprintf("(%s) %% (%s)", g.pick("7", "-7", "6", "-6", "5.5", "-5.5", "0"), g.pick("3", "-3", "2", "0.5", "7", "-0.5"))
	case 6:
		return fmt.Sprintf("math.floor(math.%s(%s) * 1e6)", g.pick("sin", "cos", "exp", "log", "atan", "log10"), g.pick("0.5", "1", "2", "10"))
	}
	return fmt.Sprintf("(%s) %s (%s), -(%s), %s ^ %s", a, g.pick("+", "-", "*", "/"), b, b, g.pick("2", "10", "0.5"), g.integerText())
}

func (g *generator) conversion() string {
	s := g.pick(`"10"`, `" 5 "`, `"0x10"`, `"1e2"`, `"x"`, `""`, `"0x"`, `"1 2"`, `"5."`, `".5"`, `"-3"`, `"- 3"`, `"+4"`, `"1e"`, `"0xg"`, `"\t7\n"`, `"1e500"`, `"00012"`)
	switch g.r.IntN(6) {
	case 0:
		return fmt.Sprintf("tonumber(%s)", g.pick(s, g.numberText(), "nil", "{}", "true"))
	case 1:
		return fmt.Sprintf("tonumber(%s, %s)", g.pick(`"10"`, `" 5 "`, `"0x10"`, `"x"`, `""`, `"1 2"`, `"00012"`, `"ff"`, `"zz"`, `"777"`, "10"), g.pick("2", "8", "10", "16", "36", "1", "37"))
	case 2:
		return fmt.Sprintf("%s %s %s", s, g.pick("+", "-", "*", "/"), g.pick("1", "2", `"3"`))
	case 3:
		return fmt.Sprintf("tostring(%s), tostring(nil), tostring(true), type(%s)", g.numberText(), s)
	case 4:
		return fmt.Sprintf("(%s) .. '|' .. (%s) .. %s", g.numberText(), g.numberText(), g.pick("1", "1.5", `"z"`, "0x10"))
	}
	return fmt.Sprintf("-%s, %s == %s, %s < %s", s, s, g.pick("10", s), s, g.pick("10", s))
}

func (g *generator) arguments() string {
	list := g.pick("", "1", "nil", "1, nil", "nil, nil, 3", "1, 2, 3", "'a', nil, 'c', nil")
	n := g.pick("1", "2", "-1", "-2", "'#'", "4", "0", "-9", "1.9", "'2'")
	switch g.r.IntN(4) {
	case 0:
		return strings.TrimSuffix(fmt.Sprintf("select(%s, %s", n, list), ", ") + ")"
	case 1:
		return fmt.Sprintf("(function(...) local a, b = ... return select('#', ...), a, b, ... end)(%s)", list)
	case 2:
		return fmt.Sprintf("(function(a, ...) local t = {...} return a, #{n = 1, ...}, t[1], (...) end)(%s)", g.pick("", "1", "1, 2", "1, 2, 3"))
	}
	return fmt.Sprintf("assert(%s)", g.pick("1, 2", "nil, 'why'", "false", "'x'", ""))
}

func (g *generator) clock() string {
	at := g.pick("0", "1", "86399", "951782400", "1000000000", "1700000000", "4102444800")
	switch g.r.IntN(4) {
	case 0:
		return fmt.Sprintf("os.date(%q, %s)", "!"+g.pick("%Y-%m-%d %H:%M:%S", "%a %b %d", "%A, %B", "%j %y %p %I", "%x %X", "%c", "%%", "%w"), at)
	case 1:
		return fmt.Sprintf("(function() local d = os.date('!*t', %s) return d.year, d.month, d.day, d.hour, d.min, d.sec, d.wday, d.yday, d.isdst end)()", at)
	case 2:
		return fmt.Sprintf("os.time({year = %s, month = %s, day = %s, hour = %s, min = %s})", g.pick("1970", "2000", "2026"), g.pick("1", "2", "12", "13", "0"), g.pick("1", "29", "31", "0", "32"), g.pick("0", "12", "25"), g.pick("0", "59", "61"))
	}
	return fmt.Sprintf("os.difftime(%s, 5)", at)
}
