package syntax

import (
	"errors"
	"fmt"
	"testing"
)

func TestSmoke(t *testing.T) {
	for _, src := range []string{
		"virtual_server \"a\" {\n  real_server \"b\" { weight = 1,\n  real_server \"c\" { weight = 3 },\n}\n",
		"virtual_server \"a\" {\n  real_server \"b\" {},\nlocal x = 1\n",
		"local t = {\n a = 1\n b = 2 }",
		"if x = 2 then y() end", "x += 1", "x++", "if x != 2 then end", "local s = \"abc\nlocal y = 1",
		"function f()\n  if x then\n    y()\n\nend\nprint(1)",
		"if a then\nelse if b then\n end\n",
		"f(1, 2", "x = ", "x == 1", "{ a: 1 }", "t = { a: 1 }", "t = { \"x\" = 1 }", "end", "local 5", "break", "return 1 print(2)",
		"a = 10.0.0.1", "a = 5s", "a = \"\\d\"", "// c", "local x = a /* c */", "var x = 1", "f\n(g)", "f()\n(g)()", "goto x", "do break end", "::a:: ::a::",
		"elif x", "for i = 1 10 do end", "for i in x end", "x = }", "x = (1", "t = {1,,2}", "t[1 = 2",
	} {
		_, err := Parse("p.lua", []byte(src))
		var e *Error
		if errors.As(err, &e) {
			fmt.Println(e.Detail())
		} else {
			fmt.Println("OK??", src)
		}
	}
}
