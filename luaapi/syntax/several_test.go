package syntax

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestAllMistakesAreTold: all that are there, and none that follows from another
// alone. Back quotes are left out.
func TestAllMistakesAreTold(t *testing.T) {
	for _, tt := range []struct{ name, src, want string }{
		{"several statements", "x += 1\nlocal y = 2\nif x != 2 then\n  f()\nend\ny++\n", `
1:3 Lua has no += (write x = x + ...)
3:6 "!=" is not Lua ("not equal" is written ~=)
6:2 Lua has no ++ (write x = x + 1)`},
		{"fields of a table", "virtual_server \"a\" {\n  scheduler = \"wrr\"\n  forward = \"nat\",\n  check = check.http { path: \"/\", every = 5s },\n  \"x\" = 1,\n  weight = 1\n  real_server \"b\" {},\n}\nx += 1\n", `
3:3 , or } is missing before forward; the { was opened at line 1 (a comma between fields, or the } of the table?)
4:28 : begins a method call, but no name follows (a field is written name = value)
4:43 5s is not a number (a duration is text: "5s")
5:7 "x" cannot stand before = in a table (a key that is not a plain name is written ["key"] = value)
7:3 , or } is missing before real_server; the { was opened at line 1 (a comma between fields, or the } of the table?)
9:3 Lua has no += (write x = x + ...)`},
		{"statements of a function among arguments", "on(\"down\", function(ev)\n  local n = ev.x\n  n += 1\n  if n = 2 then\n    f()\n  end\n  g(\n    1,\n    2 3\n  )\n  return n\nend)\nx++\n", `
3:5 Lua has no += (write x = x + ...)
4:8 then is missing before =: it belongs to if at line 4 (= assigns; == compares)
7:4 ( opened at line 7 is not closed: 3 follows at line 9 () is missing)
13:2 Lua has no ++ (write x = x + 1)`},
		{"braces that are missing, one after another", "a {\n  x = 1\n\nb {\n  c { d = 1,\n}\n\ne {\n  f = 2,\n}\ng {\n", `
1:3 { opened at line 1 is not closed: b follows at line 4 (} is missing)
5:5 { opened at line 5 is not closed: e follows at line 8 (} is missing)
11:3 { opened at line 11 is not closed: the end of the file follows at line 12 (} is missing)`},
		{"strings that are not closed", "a = \"x\nb = 'y\nf {\n  g \"z {\n    h = 1,\n  },\n  i = 10.0.0.1,\n}\nj++\n", `
1:5 the string that begins here is not closed on its line (" is missing)
2:5 the string that begins here is not closed on its line (' is missing)
4:5 the string that begins here is not closed on its line (" is missing)
7:7 10.0.0.1 is not a number (an address is text: put it in quotes)
9:2 Lua has no ++ (write x = x + 1)`},
		{"a string that is not closed and takes the table along", "virtual_server \"10.0.0.1:80 {\n  scheduler = \"wrr\",\n  real_server \"b\" {},\n}\nx++\n", `
1:16 the string that begins here is not closed on its line (" is missing)
5:2 Lua has no ++ (write x = x + 1)`},
		{"quotes of a word processor", "a = “x”\nb = „y“, 'z'\nc = “d\ne++\n", `
1:5 "“" is not Lua (quotes are written ")
2:5 "„" is not Lua (quotes are written ")
3:5 "“" is not Lua (quotes are written ")
4:2 Lua has no ++ (write x = x + 1)`},
		{"blocks of other languages", "if x {\n  y()\n}\nwhile a && b do\n  c()\nend\nfor (i = 0; i < 3; i++) {\n  d()\n}\nz++\n", `
4:1 then is missing before while: it belongs to if at line 1 (a block has no braces: it begins with then and ends with end)
4:9 "&&" is not Lua ("and" is written and)
7:5 the name of the loop variable is missing before ( (a loop is written for i = 1, 3 do ... end)
10:2 Lua has no ++ (write x = x + 1)`},
		{"an elseif that is none", "if a then\n  b()\nelif c then\n  d()\nend\nx++\n", `
3:1 this is neither a call nor an assignment, so it does nothing; c follows (write elseif)
6:2 Lua has no ++ (write x = x + 1)`},
		{"`end` is missing in one of several functions", "function f()\n  if x then\n    y()\nend\n\nfunction g()\n  z()\nend\nx++\n", `
2:3 if opened at line 2 is not closed: the end of the file follows at line 10 (end is missing)
9:2 Lua has no ++ (write x = x + 1)`},
		{"nothing follows from another in text without indentation", "virtual_server \"a\" {\ncheck = check.http { path = \"/\" every = \"2s\",\ntimeout = \"1s\" },\nreal_server \"b\" {},\n}\nwhile x = 2 do\nf()\nend\n", `
2:33 , or } is missing before every; the { was opened at line 2 (a comma between fields, or the } of the table?)
6:9 do is missing before =: it belongs to while at line 6 (= assigns; == compares)`},
		{"an opener is missing its closer in text without indentation", "a {\nb = 1,\nc {\nd = 2,\n},\nx++\nlocal e = 1\n", "6:2 Lua has no ++ (write x = x + 1)"},
		{"a file of another language", "server {\n  listen 80;\n  location / {\n    proxy_pass http://x;\n  }\n}\n", `
2:10 , or } is missing before 80; the { was opened at line 1 (a comma between fields, or the } of the table?)
4:16 , or } is missing before http; the { was opened at line 3 (a comma between fields, or the } of the table?)`},
		{"a comment that is not closed", "a {\n  x = 1\n  y = 2,\n}\n--[[ b\n", `
3:3 , or } is missing before y; the { was opened at line 1 (a comma between fields, or the } of the table?)
5:1 the comment that begins here is not closed (]] is missing)`},
		{"break and ... in their places after a mistake", "function f(...)\n  for i = 1, 2 do\n    x += 1\n    break\n  end\n  y++\n  return ...\nend\nbreak\nreturn ...\n", `
3:7 Lua has no += (write x = x + ...)
6:4 Lua has no ++ (write x = x + 1)
9:1 break is not inside a loop`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := strings.ReplaceAll(mistake(t, tt.src), "`", "")
			if diff := cmp.Diff(strings.TrimPrefix(tt.want, "\n"), got); diff != "" {
				t.Errorf("%s\ntells (-want +got):\n%s", tt.src, diff)
			}
		})
	}
}

// TestOneMistakeIsToldOnce takes a word out of policies, each word once: what
// is told must be about that.
func TestOneMistakeIsToldOnce(t *testing.T) {
	files, err := filepath.Glob("../../examples/*/*.lua")
	if err != nil || len(files) < 8 {
		t.Fatal(len(files), err)
	}
	total, several := 0, 0
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		tokens, _ := scan(string(text))
		lines := strings.SplitAfter(string(text), "\n")
		for _, tok := range tokens {
			if tok.kind == nameToken || tok.kind == endToken || tok.line != tok.lastLine {
				continue
			}
			without := slices.Clone(lines)
			line := lines[tok.line-1]
			without[tok.line-1] = line[:tok.col-1] + strings.Repeat(" ", len(tok.text)) + line[tok.col-1+len(tok.text):]
			_, err := Parse("p.lua", []byte(strings.Join(without, "")))
			if err == nil {
				continue
			}
			if total++; len(err.(Errors)) > 1 {
				several++
				t.Logf("%s without %s at line %d:\n%v", file, tok.quoted(), tok.line, err)
			}
		}
	}
	t.Logf("%d of %d mistakes are told more than once", several, total)
	if several > total/100 {
		t.Error("too many")
	}
}
