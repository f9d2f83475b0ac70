package syntax

import "math"

// Reading goes on after a mistake, so that all of a file are told at once. It
// goes on at the next line that stands no further right than the one where the
// statement, or the field of a table, with the mistake begins (nor than the
// first of its block or table), and only where that line can begin another one
// or ends what is around. Where indentation does not tell, reading ends: a
// mistake that is told later is better than one that is none.

// A unit is a statement, or a field of a table constructor, that is being read.
type unit struct {
	start, outer  int // tokens: where it begins, and where the unit around it does
	opened, loops int
	varargs       bool
	indent        int // of its line, or that of the first unit beside it if that is less
}

// anywhere is what checker.lost is unless an opener has lost its closer.
const anywhere = math.MaxInt

// begin begins a unit at the present token; indent is how far right those before
// it in its block or table stand at least.
func (c *checker) begin(indent *int) unit {
	*indent = min(*indent, c.token().indent)
	u := unit{start: c.at, outer: c.unit, opened: len(c.opened), loops: c.loops, varargs: c.varargs, indent: *indent}
	c.unit = c.at
	return u
}

// finish ends a unit. If there was a mistake in it, reading goes on behind it
// if it can; goesOn tells whether it can at a token.
func (c *checker) finish(u unit, goesOn func(token) bool) {
	if !c.failing && c.broken(u.start, c.at) {
		c.stop()
	}
	if c.failing {
		c.resume(u, goesOn)
	}
	c.unit = u.outer
}

// resume looks for a place to go on.
func (c *checker) resume(u unit, goesOn func(token) bool) {
	from := c.tokens[u.start]
	if !from.first || u.opened > c.lost || c.resumed == maxErrors {
		return
	}
	c.opened = c.opened[:u.opened]
	depth := 0
	for i := u.start; i < len(c.tokens); i++ {
		t := c.tokens[i]
		if c.lost != anywhere && i > u.start && i < c.failedAt && t.first && t.indent <= u.indent && !t.ends() {
			c.lost = -1 // indentation does not tell where it was lost
			return
		}
		if i > u.start && i >= c.failedAt && t.first && t.indent <= u.indent && (depth <= 0 || c.lost != anywhere) {
			if goesOn(t) {
				c.goOn(u, i)
				return
			}
			if t.indent < u.indent {
				return
			}
		}
		depth += t.opens()
	}
}

// goOn has reading go on at token i, in what is around u.
func (c *checker) goOn(u unit, i int) {
	c.at, c.failing, c.lost = i, false, anywhere
	c.resumed++
	c.loops, c.varargs = u.loops, u.varargs
	c.doubt = u.opened
	c.elseIf = nil
}

// goesOn tells whether a block can go on at t, or end there.
func (c *checker) goesOn(t token) bool {
	switch {
	case t.endsBlock():
		return len(c.opened) > 0
	case t.kind == keywordToken:
		return !t.is("and") && !t.is("or") && !t.is("not") && !t.is("then") && !t.is("in") &&
			!t.is("nil") && !t.is("true") && !t.is("false")
	}
	return t.kind == nameToken || t.is("::")
}

// follows tells whether a mistake at the present token may be the consequence
// of one that the scanner has told.
func (c *checker) follows() bool { return c.broken(c.unit, c.at+1) }

// broken tells whether one of the tokens from..to-1 is not what was meant.
func (c *checker) broken(from, to int) bool {
	for _, t := range c.tokens[from:min(to, len(c.tokens))] {
		if t.broken {
			return true
		}
	}
	return false
}

// endsBlock tells whether t ends a block.
func (t token) endsBlock() bool {
	return t.kind == endToken || t.is("end") || t.is("else") || t.is("elseif") || t.is("until")
}

// ends tells whether t may stand as far left as the line that began what it is in.
func (t token) ends() bool { return t.endsBlock() || t.is("}") || t.is(")") || t.is("]") }

// opens is 1 for a token that needs a closer, -1 for a closer.
func (t token) opens() int {
	switch {
	case t.is("{"), t.is("("), t.is("["), t.is("function"), t.is("if"), t.is("do"), t.is("repeat"):
		return 1
	case t.is("}"), t.is(")"), t.is("]"), t.is("end"), t.is("until"):
		return -1
	}
	return 0
}
