package syntax

func (c *checker) statement(t token) {
	switch {
	case t.is("if"):
		c.ifStatement()
	case t.is("while"):
		c.next()
		c.expr()
		c.word("do", t)
		c.loop(t)
	case t.is("do"):
		c.next()
		c.body(t)
	case t.is("for"):
		c.forStatement()
	case t.is("repeat"):
		c.repeatStatement()
	case t.is("function"):
		c.functionStatement()
	case t.is("local"):
		c.localStatement()
	case t.is("goto"):
		c.next()
		c.name("the name of a label")
	case t.is("::"):
		c.next()
		c.name("the name of a label")
		c.word("::", t)
	case t.is(";"):
	default:
		c.exprStatement()
	}
}

// body reads a block up to its `end`; t is where it was opened.
func (c *checker) body(t token) {
	c.opened = append(c.opened, t)
	c.block()
	c.close(t, "end")
}

func (c *checker) loop(t token) {
	c.loops++
	c.body(t)
	c.loops--
}

func (c *checker) ifStatement() {
	t := c.next()
	c.opened = append(c.opened, t)
	c.expr()
	c.word("then", t)
	c.block()
	for !c.failing && c.token().is("elseif") {
		branch := c.next()
		c.expr()
		c.word("then", branch)
		c.block()
	}
	if c.accept("else") {
		if n := c.token(); n.is("if") && n.line == c.before().line && c.elseIf == nil {
			c.elseIf = &n
		}
		c.block()
	}
	c.close(t, "end")
}

func (c *checker) forStatement() {
	t := c.next()
	c.name("the name of the loop variable")
	if c.accept("=") {
		c.expr()
		c.word(",", t)
		c.expr()
		if c.accept(",") {
			c.expr()
		}
	} else {
		for c.accept(",") {
			c.name("the name of a loop variable")
		}
		c.word("in", t)
		c.exprs()
	}
	c.word("do", t)
	c.loop(t)
}

func (c *checker) repeatStatement() {
	t := c.next()
	c.opened = append(c.opened, t)
	c.loops++
	c.block()
	c.loops--
	c.close(t, "until")
	c.expr()
}

func (c *checker) functionStatement() {
	t := c.next()
	c.name("the name of the function")
	for c.accept(".") {
		c.name("a field name")
	}
	if c.accept(":") {
		c.name("the name of the method")
	}
	c.function(t)
}

func (c *checker) localStatement() {
	c.next()
	if t := c.token(); t.is("function") {
		c.next()
		c.name("the name of the function")
		c.function(t)
		return
	}
	c.name("the name of the variable")
	for c.accept(",") {
		c.name("the name of a variable")
	}
	if c.accept("=") {
		c.exprs()
	}
}

// function reads parameters and body; t is where the function was opened.
func (c *checker) function(t token) {
	varargs, loops := c.varargs, c.loops
	c.varargs, c.loops = false, 0
	open := c.token()
	c.word("(", t)
	for !c.failing && !c.token().is(")") {
		if c.accept("...") {
			c.varargs = true
			break
		}
		c.name("the name of a parameter")
		if !c.accept(",") {
			break
		}
	}
	c.opened = append(c.opened, open)
	c.close(open, ")")
	c.body(t)
	c.varargs, c.loops = varargs, loops
}

// exprStatement reads a call or an assignment.
func (c *checker) exprStatement() {
	t := c.token()
	if c.misused(c.at) {
		return
	}
	isCall := c.suffixed()
	n := c.token()
	if !n.is("=") && !n.is(",") {
		if !isCall {
			c.noStatement(t, n)
		}
		return
	}
	for first := true; first || c.accept(","); first = false {
		if !first {
			isCall = c.suffixed()
		}
		if isCall || c.before().is(")") {
			c.fail(c.before(), "", "only a variable or a field can be assigned to")
		}
	}
	c.word("=", t)
	c.exprs()
}
