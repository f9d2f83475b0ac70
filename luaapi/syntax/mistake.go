package syntax

import "fmt"

// This file puts the mistakes of grammar.go, statement.go and expression.go into words.

// closerOf is the word that closes open.
func closerOf(open token) string {
	switch open.text {
	case "{":
		return "}"
	case "(":
		return ")"
	case "[":
		return "]"
	case "repeat":
		return "until"
	}
	return "end"
}

// close expects the closer of the innermost open bracket or block.
func (c *checker) close(open token, closer string) {
	t := c.token()
	if !t.is(closer) {
		c.unclosed(open, t)
		return
	}
	c.next()
	c.opened = c.opened[:len(c.opened)-1]
	certain := len(c.opened) >= c.doubt
	c.doubt = min(c.doubt, len(c.opened))
	if c.suspect == nil && t.first && t.indent < open.indent && certain {
		c.suspect = &open
	}
}

// unclosed is for an opener whose closer should stand where t is. An opener
// inside of it that was closed further left than it stands is the likelier
// culprit: it took the closer that was meant for the outer one.
func (c *checker) unclosed(open, t token) {
	if c.misused(c.at) {
		return
	}
	c.lost = min(c.lost, len(c.opened)-1)
	if c.suspect != nil && before(open, *c.suspect) {
		open = *c.suspect
	} else if c.doubt >= len(c.opened) {
		c.stop() // this may be the consequence of another mistake
		return
	}
	hint := fmt.Sprintf("`%s` is missing", closerOf(open))
	if c.elseIf != nil && closerOf(open) == "end" {
		hint = fmt.Sprintf("`else if` at line %d opens a block of its own: write `elseif`", c.elseIf.line)
	}
	if closerOf(open) == ")" && t.line == open.line {
		c.fail(t, "", "`,` or `)` is missing before %s: the `(` at column %d is not closed", t.quoted(), open.col)
		return
	}
	c.fail(open, hint, "%s opened at line %d is not closed: %s follows at line %d", open.quoted(), open.line, t.quoted(), t.line)
}

// word expects a keyword or operator that belongs to the statement begun at from.
func (c *checker) word(s string, from token) {
	t := c.token()
	if t.is(s) {
		c.next()
		return
	}
	if c.misused(c.at) {
		return
	}
	if c.before().is("}") && s != "in" {
		c.lost = min(c.lost, len(c.opened)) // which has braces, and so no end
	}
	c.fail(t, c.instead(s, t), "`%s` is missing before %s: it belongs to %s at line %d", s, t.quoted(), from.quoted(), from.line)
}

// stray is for a word that ends a block where none is open. After another
// mistake that says nothing.
func (c *checker) stray() {
	t := c.next()
	if len(c.errs) > 0 {
		return
	}
	c.errs = append(c.errs, errorAt(t, "one `"+t.text+"` too many, or its block was closed before?", "%s closes nothing: no block is open here", t.quoted()))
}

// noField is for a token t that follows a field of the table opened at open.
func (c *checker) noField(open, t token) {
	was := c.before()
	switch {
	case t.is("="):
		c.fail(t, `a key that is not a plain name is written ["key"] = value`, "%s cannot stand before `=` in a table", was.quoted())
	case t.is(":"):
		c.fail(t, "a field is written name = value", "`:` does not belong here")
	case c.beginsField(t) && !(t.first && t.indent <= open.indent):
		c.fail(t, "a comma between fields, or the `}` of the table?", "`,` or `}` is missing before %s; the `{` was opened at line %d", t.quoted(), open.line)
	default:
		c.unclosed(open, t)
	}
}

// beginsField tells whether a field may begin with t.
func (c *checker) beginsField(t token) bool {
	switch t.kind {
	case nameToken, numberToken, stringToken:
		return true
	case keywordToken:
		return t.is("nil") || t.is("true") || t.is("false") || t.is("not") || t.is("function") && c.ahead(1).is("(")
	}
	return t.is("{") || t.is("[") || t.is("...")
}

// noExpression is for a token where a value should begin.
func (c *checker) noExpression(t token) {
	was := c.before()
	switch {
	case c.misused(max(c.at-1, 0)) || c.misused(c.at):
	case t.is("=") && was.is("="), was.is("=") && t.is("=="):
		c.fail(t, "`==` compares, `=` assigns", "a value is missing before %s", t.quoted())
	case t.is("=") && (was.is("<") || was.is(">") || was.is("~=")):
		c.fail(t, "", "a value is missing before %s", t.quoted())
	case t.is(">") && (was.is("=") || was.is("<")):
		c.fail(t, "\"not equal\" is written `~=`, a field name = value", "a value is missing before `>`")
	case (t.is("}") || t.is(")") || t.is("]")) && was.is(","):
		c.fail(was, "", "a value is missing after `,`")
	case len(c.opened) > 0 && (t.kind == endToken || t.kind == keywordToken) && !t.is("then") && !t.is("do"):
		c.unclosed(c.opened[len(c.opened)-1], t)
	case t.is("#") && t.first:
		c.fail(t, "a comment begins with `--`", "a value is missing before `#`")
	case t.is("}") || t.is(")") || t.is("]"):
		c.noCloser(t)
	case t.is("{"): // where a statement begins: a value may be a table
		c.fail(t, `a block has no braces and ends with "end"; a policy is Lua, not JSON`, "a table cannot stand alone")
	case was.is(".") || was.is(":"):
		c.fail(t, "", "a name is missing after %s", was.quoted())
	default:
		c.fail(t, "", "a value is missing before %s", t.quoted())
	}
}

// noCloser is for a bracket t that ends what it did not begin.
func (c *checker) noCloser(t token) {
	if len(c.opened) == 0 {
		c.fail(t, "one too many, or was it closed before?", "%s closes nothing: none is open here", t.quoted())
		return
	}
	if open := c.opened[len(c.opened)-1]; t.first && closerOf(open) == "end" {
		c.unclosed(open, t)
		return
	}
	c.fail(t, "", "a value is missing before %s", t.quoted())
}

// noStatement is for an expression from first on that does nothing; t follows it.
func (c *checker) noStatement(first, t token) {
	if c.failing || c.misused(c.at) {
		return
	}
	hint, ok := foreign[first.text]
	switch {
	case ok && first.kind == nameToken:
	case t.is("=="):
		hint = "`=` assigns; `==` compares"
	case t.kind == nameToken && t.line == first.line:
		hint = "is an operator, a comma or a quote missing?"
	}
	c.fail(first, hint, "this is neither a call nor an assignment, so it does nothing; %s follows", t.quoted())
}
