package syntax

// priorities of the binary operators, left and right, as in Lua's own parser.
var priorities = map[string]struct{ left, right int }{
	"or": {1, 1}, "and": {2, 2},
	"<": {3, 3}, ">": {3, 3}, "<=": {3, 3}, ">=": {3, 3}, "~=": {3, 3}, "==": {3, 3},
	"..": {5, 4}, "+": {6, 6}, "-": {6, 6}, "*": {7, 7}, "/": {7, 7}, "%": {7, 7},
	"^": {10, 9},
}

const unaryPriority = 8

func (c *checker) exprs() {
	c.expr()
	for c.accept(",") {
		c.expr()
	}
}

// expr reads an expression and returns the table constructors that make up its
// value: the constructor that it is, or those that the call has as arguments.
func (c *checker) expr() []*table { return c.operation(0) }

func (c *checker) operation(limit int) []*table {
	if !c.enter() {
		return nil
	}
	defer c.leave()
	var tables []*table
	if t := c.token(); t.is("not") || t.is("-") || t.is("#") {
		c.next()
		tables = c.operation(unaryPriority)
	} else {
		tables = c.simple()
	}
	for !c.failing {
		op := c.token()
		p, ok := priorities[op.text]
		if !ok || op.kind == stringToken || p.left <= limit {
			break
		}
		c.next()
		tables = append(tables, c.operation(p.right)...)
	}
	return tables
}

func (c *checker) simple() []*table {
	t := c.token()
	switch {
	case t.kind == numberToken || t.kind == stringToken || t.is("nil") || t.is("true") || t.is("false"):
		c.next()
	case t.is("..."):
		c.next()
		if !c.varargs {
			c.fail(t, "add ... to its parameters", "`...` is outside a function with a variable number of arguments")
		}
	case t.is("{"):
		return []*table{c.table()}
	case t.is("function") && c.ahead(1).kind != nameToken:
		c.next()
		c.function(t)
	default:
		n := len(c.calls)
		if c.suffixed() && len(c.calls) > n {
			return c.calls[len(c.calls)-1].tables
		}
	}
	return nil
}

// suffixed reads a name or an expression in parentheses with all that follows:
// fields, indices and calls. It tells whether the last is a call.
func (c *checker) suffixed() (isCall bool) {
	if !c.enter() {
		return false
	}
	defer c.leave()
	t := c.token()
	switch {
	case t.kind == nameToken:
		c.next()
	case t.is("("):
		c.bracket(")", func() { c.expr() })
	default:
		c.noExpression(t)
		return false
	}
	here := call{line: t.line}
	for !c.failing {
		switch n := c.token(); {
		case n.is("."):
			c.next()
			c.name("a field name")
			isCall = false
		case n.is("["):
			c.bracket("]", func() { c.expr() })
			isCall = false
		case n.is(":"):
			c.next()
			c.method(n)
			here.tables = append(here.tables, c.arguments()...)
			isCall = true
		case n.is("(") || n.is("{") || n.kind == stringToken:
			here.tables = append(here.tables, c.arguments()...)
			isCall = true
		default:
			if len(here.tables) > 0 {
				c.calls = append(c.calls, here)
			}
			return isCall
		}
	}
	return isCall
}

// method reads the name of a method, which arguments must follow.
func (c *checker) method(colon token) {
	if t := c.token(); t.kind != nameToken {
		c.fail(colon, "a field is written name = value", "`:` begins a method call, but no name follows")
	}
	c.next()
	if t := c.token(); !c.failing && !t.is("(") && !t.is("{") && t.kind != stringToken {
		c.fail(colon, "a field is read with `.`, a method is called with `:name(...)`", "`:` begins a method call, but no arguments follow")
	}
}

// arguments reads the arguments of a call and returns those that are tables.
func (c *checker) arguments() (tables []*table) {
	t := c.token()
	switch {
	case t.kind == stringToken:
		c.next()
	case t.is("{"):
		tables = []*table{c.table()}
	case t.first:
		c.fail(t, "put `;` before it, or move it to the line before", "this `(` could go on with the line before or begin a statement")
	default:
		c.bracket(")", func() {
			if c.token().is(")") {
				return
			}
			tables = c.expr()
			for c.accept(",") {
				tables = append(tables, c.expr()...)
			}
		})
	}
	return tables
}

// bracket reads what stands in a pair of brackets.
func (c *checker) bracket(closer string, inside func()) {
	t := c.next()
	c.opened = append(c.opened, t)
	inside()
	c.close(t, closer)
}

// table reads a table constructor.
func (c *checker) table() *table {
	t := &table{open: c.token()}
	c.bracket("}", func() {
		items, indent := 0, anywhere
		for !c.failing && !c.token().is("}") {
			here := c.begin(&indent)
			f := c.field()
			c.fieldOf(t, f)
			if f.name == "" {
				items++
				f.index = items
			}
			t.fields = append(t.fields, f)
			if n := c.token(); !c.accept(",") && !c.accept(";") && !n.is("}") && !c.failing {
				c.noField(t.open, n)
			}
			c.finish(here, func(n token) bool { return n.is("}") || c.beginsField(n) })
		}
	})
	t.close = c.before()
	return t
}

// field reads one field of a table constructor.
func (c *checker) field() field {
	f := field{at: c.token()}
	switch {
	case f.at.kind == nameToken && c.ahead(1).is("="):
		f.name = f.at.text
		c.next()
		c.next()
	case f.at.is("["):
		f.name = keyName(c.ahead(1), c.ahead(2))
		c.bracket("]", func() { c.expr() })
		c.word("=", f.at)
	}
	f.tables = c.expr()
	return f
}
