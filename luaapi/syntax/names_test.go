package syntax

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestGlobals(t *testing.T) {
	for _, tt := range []struct{ name, src, want string }{
		{"a call", "f(1)", "1 f"},
		{"a field", "local x = http.get", "1 http.get"},
		{"a method", "web:up()", "1 web.up"},
		{"a field that the program computes", "local k = 'a' local x = http[k]", "1 http"},
		{"a field in brackets", "local x = http['get']", "1 http.get"},
		{"a write", "x = 1", "1 x="},
		{"a function", "function f() end", "1 f="},
		{"a field written", "t.x = 1", "1 t"},
		{"both sides", "x = y", "1 y, 1 x="},
		{"locals and parameters are none", "local a, b = 1 local function f(c) return a .. b .. c end f()", ""},
		{"a local ends with its block", "do local a = 1 end\nprint(a)", "2 print, 2 a"},
		{"a function nobody calls", "local function f()\n  return function()\n    g()\n  end\nend", "3 g inside"},
		{"inside a function and outside", "function f() x = y end x = 2", "1 f=, 1 x=, 1 y inside, 1 x= inside"},
		{"a table over several lines", "t = {\n  a = x,\n  f {\n    y },\n}", "2 x, 3 f, 4 y, 1 t="},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c, err := Parse("t.lua", []byte(tt.src))
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, u := range c.Globals() {
				text := fmt.Sprint(u.Line, " ", u.Name)
				if u.Field != "" {
					text += "." + u.Field
				}
				if u.Write {
					text += "="
				}
				if u.Inside {
					text += " inside"
				}
				got = append(got, text)
			}
			if diff := cmp.Diff(tt.want, strings.Join(got, ", ")); diff != "" {
				t.Errorf("uses (-want +got):\n%s", diff)
			}
		})
	}
}

func TestCallsGoByTheirWholeName(t *testing.T) {
	c, err := Parse("t.lua", []byte("local f = http.get\nhttp.get(f(1), a.b(t.x, tcp.send{2}), ('x').y)\no.p.q() s:m() local t = {} t.g() return ipvs.find()"))
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, call := range c.Proto().DbgCalls {
		names = append(names, call.Name)
	}
	if got, want := strings.Join(names, " "), "f tcp.send a.b http.get q m g ipvs.find"; got != want {
		t.Errorf("calls go by %q, want %q", got, want)
	}
}
