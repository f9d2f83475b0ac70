package syntax

import "fmt"

// maxNesting bounds blocks, brackets and operators inside each other.
const maxNesting = 200

// A checker reads the tokens of a chunk by the grammar of Lua. The first
// mistake ends the text: what is read after it is its end.
type checker struct {
	tokens []token
	at     int
	err    *Error

	depth   int
	loops   int     // loops around, in this function
	varargs bool    // this function has "..."
	opened  []token // brackets and blocks that are open, innermost last
	suspect *token  // an opener whose closer is indented less than it
	elseIf  *token  // an `if` right after `else`
	calls   []call
	repeats []Repeat
}

// check reads all tokens and returns the calls with table constructors, and
// the fields that are written twice.
func check(tokens []token) ([]call, []Repeat, *Error) {
	c := &checker{tokens: tokens, varargs: true}
	c.block()
	if c.err == nil && c.token().kind != endToken {
		c.stray()
	}
	return c.calls, c.repeats, c.err
}

func (c *checker) token() token { return c.tokens[c.at] }

// ahead is the n-th token after this one.
func (c *checker) ahead(n int) token { return c.tokens[min(c.at+n, len(c.tokens)-1)] }

func (c *checker) before() token { return c.tokens[max(c.at-1, 0)] }

func (c *checker) next() token {
	t := c.token()
	if c.at < len(c.tokens)-1 {
		c.at++
	}
	return t
}

// accept passes s if it is next.
func (c *checker) accept(s string) bool {
	if c.token().is(s) {
		c.next()
		return true
	}
	return false
}

// fail notes the first mistake, which stands at t, and goes to the end.
func (c *checker) fail(t token, hint, format string, args ...any) {
	if c.err == nil {
		c.err = &Error{Line: t.line, Column: t.col, Message: fmt.Sprintf(format, args...), Hint: hint}
	}
	c.at = len(c.tokens) - 1
}

// enter counts a level of nesting; false if it is one too many.
func (c *checker) enter() bool {
	if c.depth++; c.depth > maxNesting {
		c.fail(c.token(), "", "nested more than %d levels deep", maxNesting)
		return false
	}
	return true
}

func (c *checker) leave() { c.depth-- }

// name expects a name.
func (c *checker) name(what string) {
	if t := c.token(); t.kind != nameToken {
		hint := ""
		if t.kind == keywordToken {
			hint = t.quoted() + " is a word of the language"
		}
		c.fail(t, hint, "%s is missing before %s", what, t.quoted())
		return
	}
	c.next()
}

// block reads statements up to a word that ends a block.
func (c *checker) block() {
	if !c.enter() {
		return
	}
	defer c.leave()
	for c.err == nil {
		switch t := c.token(); {
		case t.kind == endToken || t.is("end") || t.is("else") || t.is("elseif") || t.is("until"):
			return
		case t.is("return"):
			c.next()
			c.results()
			c.last(t)
			return
		case t.is("break"):
			c.next()
			if c.loops == 0 {
				c.fail(t, "", "`break` is not inside a loop")
			}
			c.last(t)
			return
		default:
			c.statement(t)
		}
		c.accept(";")
	}
}

// results reads what `return` returns.
func (c *checker) results() {
	if t := c.token(); t.kind == endToken || t.is("end") || t.is("else") || t.is("elseif") || t.is("until") || t.is(";") {
		return
	}
	c.exprs()
}

// last checks that t was the last statement of its block.
func (c *checker) last(t token) {
	c.accept(";")
	if n := c.token(); n.kind != endToken && !n.is("end") && !n.is("else") && !n.is("elseif") && !n.is("until") {
		if c.misused(c.at) {
			return
		}
		hint, ok := foreign[n.text]
		if !ok || n.kind != nameToken {
			hint = "put it in a block of its own: do " + t.text + " end"
		}
		c.fail(n, hint, "%s must be the last statement of its block, but %s follows", t.quoted(), n.quoted())
	}
}
