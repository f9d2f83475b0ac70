package syntax

import "fmt"

// maxNesting bounds blocks, brackets and operators inside each other.
const maxNesting = 200

// A checker reads the tokens of a chunk by the grammar of Lua. A mistake ends
// the text: what is read after it is its end, until recover.go finds a place to
// go on from.
type checker struct {
	tokens   []token
	at       int
	errs     []*Error
	failing  bool // the text counts as ended until recover.go goes on
	failedAt int  // the token at which that was decided
	unit     int  // the token that began the innermost statement or field
	resumed  int  // how often reading went on behind a mistake
	lost     int  // the number in opened of the one that lacks its closer; anywhere: none
	doubt    int  // as many of opened may have lost their closer to a mistake

	depth   int
	loops   int     // loops around, in this function
	varargs bool    // this function has "..."
	opened  []token // brackets and blocks that are open, innermost last
	suspect *token  // an opener whose closer is indented less than it
	elseIf  *token  // an `if` right after `else`
	calls   []call
	repeats []Repeat
}

// check reads all tokens. What it returns has the calls with table
// constructors, the fields that are written twice, and the mistakes.
func check(tokens []token) *checker {
	c := &checker{tokens: tokens, varargs: true, lost: anywhere}
	for c.block(); !c.failing && c.token().kind != endToken; c.block() {
		c.stray()
	}
	return c
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

// fail notes a mistake, which stands at t, and goes to the end.
func (c *checker) fail(t token, hint, format string, args ...any) {
	if !c.failing && !c.follows() {
		c.errs = append(c.errs, errorAt(t, hint, format, args...))
	}
	c.stop()
}

func errorAt(t token, hint, format string, args ...any) *Error {
	return &Error{Line: t.line, Column: t.col, Message: fmt.Sprintf(format, args...), Hint: hint}
}

// stop has the text count as ended here.
func (c *checker) stop() {
	if !c.failing {
		c.failing, c.failedAt = true, c.at
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
		c.fail(t, c.noName(t), "%s is missing before %s", what, t.quoted())
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
	for indent := anywhere; !c.failing && !c.token().endsBlock(); {
		here := c.begin(&indent)
		switch t := c.token(); {
		case t.is("return"):
			c.next()
			c.results()
			c.last(t)
		case t.is("break"):
			c.next()
			if c.loops == 0 {
				c.fail(t, "", "`break` is not inside a loop")
			}
			c.last(t)
		default:
			c.statement(t)
		}
		c.accept(";")
		c.finish(here, c.goesOn)
	}
}

// results reads what `return` returns.
func (c *checker) results() {
	if t := c.token(); t.endsBlock() || t.is(";") {
		return
	}
	c.exprs()
}

// last checks that t was the last statement of its block.
func (c *checker) last(t token) {
	c.accept(";")
	if n := c.token(); !n.endsBlock() {
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
