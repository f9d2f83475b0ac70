package syntax

// This file knows what people bring along from other languages.

// foreign are words that begin a statement in other languages.
var foreign = map[string]string{
	"elif": "write `elseif`", "elsif": "write `elseif`",
	"func": "write `function`", "def": "write `function`", "fn": "write `function`",
	"var": "write `local`", "let": "write `local`", "const": "write `local`",
	"import": "http, json and the other modules are there already", "include": "http, json and the other modules are there already",
	"switch": "write if ... elseif ... end", "case": "write if ... elseif ... end",
	"continue": "write goto continue, and ::continue:: before the loop's end",
	"try":      "write pcall(function() ... end)",
}

// misused recognises what other languages have and Lua has not, at token i.
func (c *checker) misused(i int) bool {
	t, n := c.tokens[i], c.tokens[min(i+1, len(c.tokens)-1)]
	joined := n.line == t.line && n.col == t.col+len(t.text)
	switch {
	case c.failing:
		return true
	case !joined:
		return false
	case n.is("=") && (t.is("+") || t.is("-") || t.is("*") || t.is("/") || t.is("..") || t.is("%")):
		c.fail(t, "write x = x "+t.text+" ...", "Lua has no `%s=`", t.text)
	case t.is("+") && n.is("+"):
		c.fail(t, "write x = x + 1", "Lua has no `++`")
	case t.is("/") && (n.is("/") || n.is("*")):
		c.fail(t, "a comment begins with `--`, a long one is --[[ ... ]]", "`/%s` is not Lua", n.text)
	default:
		return false
	}
	return true
}

// instead is what to write where a word of a statement is missing and t stands.
func (c *checker) instead(word string, t token) string {
	switch {
	case word != "then" && word != "do" && word != "in":
		return ""
	case t.is("=") && word != "in":
		return "`=` assigns; `==` compares"
	case c.before().is("}") || t.is("{"):
		return "a block has no braces: it begins with `" + word + "` and ends with `end`"
	}
	return ""
}

// noName is what to write where a name is missing and t stands.
func (c *checker) noName(t token) string {
	was := c.before()
	switch {
	case t.kind == keywordToken:
		return t.quoted() + " is a word of the language"
	case t.is("(") && was.is("for"):
		return "a loop is written for i = 1, 3 do ... end"
	case t.is("(") && was.is("function"):
		return "a function without a name is a value: local name = function() ... end"
	case t.kind == stringToken && was.is("goto"):
		return "a label has no quotes"
	}
	return ""
}
