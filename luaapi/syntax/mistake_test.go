package syntax

import (
	"errors"
	"fmt"
	"strings"
	"testing"
)

func TestMistakesAreExplained(t *testing.T) {
	for _, tt := range []struct{ name, src, want string }{
		{"an inner brace is missing", "virtual_server \"a\" {\n  real_server \"b\" { weight = 1,\n  real_server \"c\" { weight = 3 },\n}\n",
			"2:19 `{` opened at line 2 is not closed: the end of the file follows at line 5 (`}` is missing)"},
		{"an outer brace is missing before a statement", "virtual_server \"a\" {\n  real_server \"b\" {},\nlocal x = 1\n",
			"1:20 `{` opened at line 1 is not closed: `local` follows at line 3 (`}` is missing)"},
		{"a brace is missing before a function", "t = {\n a = 1,\nfunction f() end\n", "1:5 `{` opened at line 1 is not closed: `function` follows at line 3 (`}` is missing)"},
		{"a comma is missing", "local t = {\n a = 1\n b = 2 }", "3:2 `,` or `}` is missing before `b`; the `{` was opened at line 1 (a comma between fields, or the `}` of the table?)"},
		{"a brace is missing before an assignment", "a = {\n x = 1\nb = {}", "1:5 `{` opened at line 1 is not closed: `b` follows at line 3 (`}` is missing)"},
		{"an inner brace is missing before another call", "f {\n  g { a = 1 ,\n  b = c { d = 1 },\n}\nh { e = 1 }\n",
			"2:5 `{` opened at line 2 is not closed: `h` follows at line 5 (`}` is missing)"},
		{"`end` of an inner block is missing", "function f()\n  if x then\n    y()\n\nend\nprint(1)", "2:3 `if` opened at line 2 is not closed: the end of the file follows at line 6 (`end` is missing)"},
		{"`end` of a loop is missing before until", "repeat\n  for i = 1, 2 do\nuntil x", "2:3 `for` opened at line 2 is not closed: `until` follows at line 3 (`end` is missing)"},
		{"`until` is missing", "repeat\n  f()\nend", "1:1 `repeat` opened at line 1 is not closed: `end` follows at line 3 (`until` is missing)"},
		{"one `end` too many", "f()\nend", "2:1 `end` closes nothing: no block is open here (one `end` too many, or its block was closed before?)"},
		{"else if", "if a then\n  f()\nelse if b then\n  g()\nend\n", "1:1 `if` opened at line 1 is not closed: the end of the file follows at line 6 (`else if` at line 3 opens a block of its own: write `elseif`)"},
		{"a parenthesis is missing on the same line", "f(1, 2", "1:7 `,` or `)` is missing before the end of the file: the `(` at column 2 is not closed"},
		{"a parenthesis is missing on another line", "f(1,\n  2\ng()", "1:2 `(` opened at line 1 is not closed: `g` follows at line 3 (`)` is missing)"},
		{"an index is not closed", "t[1 = 2", "1:2 `[` opened at line 1 is not closed: `=` follows at line 1 (`]` is missing)"},
		{"= in a condition", "if x = 2 then y() end", "1:6 `then` is missing before `=`: it belongs to `if` at line 1 (`=` assigns; `==` compares)"},
		{"= in a loop condition", "while x = 2 do end", "1:9 `do` is missing before `=`: it belongs to `while` at line 1 (`=` assigns; `==` compares)"},
		{"== as a statement", "x == 1", "1:1 this is neither a call nor an assignment, so it does nothing; `==` follows (`=` assigns; `==` compares)"},
		{"!=", "if x != 2 then end", "1:6 \"!=\" is not Lua (\"not equal\" is written `~=`)"},
		{"!", "if !x then end", "1:4 \"!\" is not Lua (\"not\" is written `not`)"},
		{"&&", "x = a && b", "1:7 \"&&\" is not Lua (\"and\" is written `and`)"},
		{"+=", "x += 1", "1:3 Lua has no `+=` (write x = x + ...)"},
		{"..=", "x ..= 'a'", "1:3 Lua has no `..=` (write x = x .. ...)"},
		{"++", "x++", "1:2 Lua has no `++` (write x = x + 1)"},
		{"a C comment", "x = 1 // one", "1:7 `//` is not Lua (a comment begins with `--`, a long one is --[[ ... ]])"},
		{"a long C comment", "local x = a /* b */", "1:13 `/*` is not Lua (a comment begins with `--`, a long one is --[[ ... ]])"},
		{"an unfinished string", "local s = \"abc\nlocal y = 1", "1:11 the string that begins here is not closed on its line (`\"` is missing)"},
		{"an unfinished string at the end", "s = 'abc", "1:5 the string that begins here is not closed (`'` is missing)"},
		{"an unfinished long string", "f()\ns = [==[ a\n]]\n", "2:5 the long string that begins here is not closed (`]==]` is missing)"},
		{"an unfinished comment", "--[[ a\n]\n", "1:1 the comment that begins here is not closed (`]]` is missing)"},
		{"a wrong escape", `s = "\d+"`, "1:6 Lua has no escape `\\d` (write `\\\\` for a backslash, or put the text in [[ ]])"},
		{"an escape beyond the characters", `s = "\300"`, "1:6 `\\300` is no character: \\ddd counts to 255"},
		{"quotes of a word processor", "s = “a”", "1:5 \"“\" is not Lua (quotes are written `\"`)"},
		{"a no-break space", "s =\u00a01", "1:4 \"\\u00a0\" is not Lua (this is a no-break space, which only looks like a blank)"},
		{"an address without quotes", "a = 10.0.0.1", "1:5 `10.0.0.1` is not a number (an address is text: put it in quotes)"},
		{"a duration without quotes", "a = { every = 5s }", "1:15 `5s` is not a number (a duration is text: \"5s\")"},
		{"a number that is too large", "a = 1e400", "1:5 `1e400` is not a number"},
		{"a field with a colon", "t = { a: 1 }", "1:8 `:` begins a method call, but no name follows (a field is written name = value)"},
		{"a field with a colon and a name", "t = { a: b }", "1:8 `:` begins a method call, but no arguments follow (a field is read with `.`, a method is called with `:name(...)`)"},
		{"a key in quotes", `t = { "x" = 1 }`, "1:11 `\"x\"` cannot stand before `=` in a table (a key that is not a plain name is written [\"key\"] = value)"},
		{"a comment of a shell", "f()\n# comment", "2:1 a value is missing before `#` (a comment begins with `--`)"},
		{"a brace too many", "f {} }", "1:6 `}` closes nothing: none is open here (one too many, or was it closed before?)"},
		{"`end` is missing before a parenthesis", "f(function()\n  if x then\n    g()\n)", "2:3 `if` opened at line 2 is not closed: `)` follows at line 4 (`end` is missing)"},
		{"JSON", `{ "a": 1 }`, "1:1 a table cannot stand alone (a block has no braces and ends with \"end\"; a policy is Lua, not JSON)"},
		{"braces around a block", "function f() { return 1 }", "1:14 a table cannot stand alone (a block has no braces and ends with \"end\"; a policy is Lua, not JSON)"},
		{"elif after return", "if a then return 1 elif b then end", "1:20 `return` must be the last statement of its block, but `elif` follows (write `elseif`)"},
		{"two commas", "t = { 1,, 2 }", "1:9 a value is missing before `,`"},
		{"a comma before the parenthesis", "f(1, )", "1:4 a value is missing after `,`"},
		{"a value is missing", "x = ", "1:5 a value is missing before the end of the file"},
		{"then is missing", "if x\n  f()\nend", "2:3 `then` is missing before `f`: it belongs to `if` at line 1"},
		{"do is missing", "for i in x end", "1:12 `do` is missing before `end`: it belongs to `for` at line 1"},
		{"a comma of a loop is missing", "for i = 1 10 do end", "1:11 `,` is missing before `10`: it belongs to `for` at line 1"},
		{"elif", "if a then elif b then end", "1:11 this is neither a call nor an assignment, so it does nothing; `b` follows (write `elseif`)"},
		{"var", "var x = 1", "1:1 this is neither a call nor an assignment, so it does nothing; `x` follows (write `local`)"},
		{"continue", "for i = 1, 2 do continue end", "1:17 this is neither a call nor an assignment, so it does nothing; `end` follows (write goto continue, and ::continue:: before the loop's end)"},
		{"a keyword as a name", "local end = 1", "1:7 the name of the variable is missing before `end` (`end` is a word of the language)"},
		{"a call is assigned to", "f() = 1", "1:3 only a variable or a field can be assigned to"},
		{"a parenthesis on a line of its own", "f()\n(g or h)()", "2:1 this `(` could go on with the line before or begin a statement (put `;` before it, or move it to the line before)"},
		{"return in the middle", "return 1 print(2)", "1:10 `return` must be the last statement of its block, but `print` follows (put it in a block of its own: do return end)"},
		{"break outside a loop", "while x do f(function() break end) end", "1:25 `break` is not inside a loop"},
		{"... outside", "function f() return ... end", "1:21 `...` is outside a function with a variable number of arguments (add ... to its parameters)"},
		{"goto nowhere", "f()\ngoto x", "2:0 no visible label 'x' for <goto> at line 2"},
		{"a label twice", "::a::\n::a::", "2:0 label 'a' already defined on line 1"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := mistake(t, tt.src); got != tt.want {
				t.Errorf("%q\ngives %s\nwant  %s", tt.src, got, tt.want)
			}
		})
	}
}

// mistake returns "line:column message (hint)" of each mistake in src, one a line.
func mistake(t *testing.T, src string) string {
	t.Helper()
	_, err := Parse("p.lua", []byte(src))
	errs, ok := err.(Errors)
	if !ok || len(errs) == 0 {
		t.Fatalf("%q gives %v, want a mistake", src, err)
	}
	var all []string
	for _, e := range errs {
		place := fmt.Sprintf("p.lua:%d: ", e.Line)
		all = append(all, fmt.Sprintf("%d:%d %s", e.Line, e.Column, strings.TrimPrefix(e.Error(), place)))
	}
	return strings.Join(all, "\n")
}

func TestDetailShowsTheLine(t *testing.T) {
	_, err := Parse("policies/web.lua", []byte("\ufefff()\n\tx += 1\n"))
	var e *Error
	if !errors.As(err, &e) {
		t.Fatal(err)
	}
	want := "policies/web.lua:2: Lua has no `+=` (write x = x + ...)\n     2 | \tx += 1\n       | \t  ^"
	if got := e.Detail(); got != want {
		t.Errorf("shows\n%s\nwant\n%s", got, want)
	}
}

func TestLimits(t *testing.T) {
	deep := func(open, inner, shut string) string {
		return "x = " + strings.Repeat(open, 300) + inner + strings.Repeat(shut, 300)
	}
	var constants strings.Builder
	for i := range maxConstants + 1 {
		fmt.Fprintf(&constants, "f(%d) ", i)
	}
	for _, tt := range []struct{ name, src, want string }{
		{"a large file", strings.Repeat(" ", MaxSize+1), "1:0 the file has 1048577 bytes; 1048576 are the limit"},
		{"nested tables", deep("{", "1", "}"), "nested more than 200 levels deep"},
		{"nested parentheses", deep("(", "1", ")"), "nested more than 200 levels deep"},
		{"nested functions", deep("function() return ", "1", " end"), "nested more than 200 levels deep"},
		{"nested calls", deep("f{", "1", "}"), "nested more than 200 levels deep"},
		{"nested operators", deep("not ", "1", ""), "nested more than 200 levels deep"},
		{"nested blocks", strings.Repeat("do ", 300) + strings.Repeat(" end", 300), "nested more than 200 levels deep"},
		{"a long sum", "x = 1" + strings.Repeat("+a", 5000), "this is too long for one statement: split it"},
		{"a long chain", "x = a" + strings.Repeat(".b", 5000), "this is too long for one statement: split it"},
		{"a long elseif", "if a then" + strings.Repeat(" elseif a then", 5000) + " end", "this is too long for one statement: split it"},
		{"many constants", constants.String(), "more than 10000 different values are written in one function: compute them in a loop, or split it into several functions"},
		{"many entries", "t = {" + strings.Repeat("0,", maxItems+1) + "}", "more than 25000 entries in one table: compute them in a loop"},
		{"many local variables", strings.Repeat("local a; ", 300), "too many local variables"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := mistake(t, tt.src); !strings.Contains(got, tt.want) {
				t.Errorf("gives %s, want %s", got, tt.want)
			}
		})
	}
}

func TestWhatIsRight(t *testing.T) {
	for _, src := range []string{
		"", ";", "#!/usr/bin/luavs exec", "f'a'.b:c{}[1](2)", "local function f(...) return ... end", "return", "return;",
		"a.b.c, d[1] = f(), ...", "for i = 1, 2, 3 do break end", "goto x; ::x::", "x = not not - - 1 ^ 2 ^ 3 .. 'a' .. [[b]]",
		"repeat local x until x", "do return end", "t = {[1] = 2; 3, x = 4,}", "--[==[ \n ]] ]==] f()", "f\n{}", "function a.b.c:d() end",
		"x = '\\065\\\n'", "x = 0xFF + 1e-3 + .5 + 3.", "if a then elseif b then else end", "x = function(a, b, ...) end", "local a, b",
	} {
		if _, err := Parse("p.lua", []byte(src)); err != nil {
			t.Errorf("%q gives %v", src, err)
		}
	}
}

func FuzzParse(f *testing.F) {
	for i := range 50 {
		f.Add([]byte(generate(i)))
	}
	for _, src := range []string{"x += 1", "t = {1,, 2}", "if x = 2 then", "\"\\", "[==[", "--[[", "goto x ::x::", "f{[\"a\"]=1}", "\xff\x00", "0x", "1..2"} {
		f.Add([]byte(src))
	}
	f.Fuzz(func(t *testing.T, src []byte) {
		c, err := Parse("p.lua", src)
		var e *Error
		switch {
		case err == nil:
			c.FieldLine(1, "a", 1)
		case !errors.As(err, &e) || len(err.(Errors)) > maxErrors || e.Line < 1 || e.Message == "":
			t.Errorf("%q gives %#v", src, err)
		default:
			_ = e.Detail()
		}
	})
}
