package args

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	lua "github.com/yuin/gopher-lua"
)

// fields reads the table that a Lua expression makes.
func fields(t *testing.T, table string) *Fields {
	t.Helper()
	L := lua.NewState()
	t.Cleanup(L.Close)
	if err := L.DoString("t = " + table); err != nil {
		t.Fatal(err)
	}
	return Table(L, L.GetGlobal("t").(*lua.LTable), "thing")
}

// readAll reads every kind of field once.
func readAll(f *Fields) {
	f.String("name", "")
	f.Int("weight", 1, 0, 2147483647)
	f.Bool("one_packet", false)
	f.Duration("every", time.Second, 10*time.Millisecond)
	f.Strings("tags")
	f.StringMap("headers")
	f.Enum("forward", "nat", "nat", "dr", "tunnel")
	f.Func("policy")
	if on := f.Sub("on"); on != nil {
		on.Func("up")
		on.Func("down")
	}
	if steps := f.Sub("steps"); steps != nil {
		for i := range steps.List() {
			if item := steps.Item(i + 1); item != nil {
				item.String("name", "")
			}
		}
	}
	if extra := f.Sub("extra"); extra != nil {
		extra.All()
	}
	f.List()
}

func TestMistakesAreAllFound(t *testing.T) {
	for _, c := range []struct {
		name, table string
		want        []string // "path: text"
	}{
		{"an empty table is fine", `{}`, nil},
		{"good values are fine", `{ name = "a", weight = 3, one_packet = true, every = "5s", tags = { "x" }, headers = { Host = "h" }, forward = "dr", policy = print, on = { up = print }, 1, 2 }`, nil},
		{"anything where anything may be", `{ extra = { 1, [true] = 2, x = { y = 3 } } }`, nil},
		{"one string is a list of strings", `{ tags = "x" }`, nil},
		{"a misspelt field", `{ forwrad = "nat" }`, []string{`forwrad: unknown field "forwrad" (did you mean "forward"?)`}},
		{"a field unlike any", `{ zzzzzz = 1 }`, []string{`zzzzzz: unknown field "zzzzzz"`}},
		{"a misspelt field below", `{ on = { donw = print } }`, []string{`on.donw: unknown field "on.donw" (did you mean "down"?)`}},
		{"a wrong type", `{ name = 7 }`, []string{`name: field "name": want a string, got 7`}},
		{"a string for a number", `{ weight = "abc" }`, []string{`weight: field "weight": want a whole number from 0 to 2147483647, got "abc"`}},
		{"a number out of range", `{ weight = -1 }`, []string{`weight: field "weight": want a whole number from 0 to 2147483647, got -1`}},
		{"a fraction", `{ weight = 1.5 }`, []string{`weight: field "weight": want a whole number from 0 to 2147483647, got 1.5`}},
		{"not a number", `{ weight = 0/0 }`, []string{`weight: field "weight": want a whole number from 0 to 2147483647, got NaN`}},
		{"a word for true", `{ one_packet = "yes" }`, []string{`one_packet: field "one_packet": want true or false, got "yes"`}},
		{"a duration without a unit", `{ every = "5" }`, []string{`every: field "every": want a duration with a unit, such as "5s", got "5"`}},
		{"a duration below the least", `{ every = "1ms" }`, []string{`every: field "every": want 10ms or longer, got "1ms"`}},
		{"a duration that is a table", `{ every = {} }`, []string{`every: field "every": want a duration such as "5s" or a number of seconds, got a table`}},
		{"a list with another type in it", `{ tags = { "x", 2 } }`, []string{`tags.2: item 2 of "tags": want a string, got 2`}},
		{"a table that is no list", `{ tags = { x = "y" } }`, []string{`tags.x: unknown field "tags.x"`}},
		{"a map with another type in it", `{ headers = { Host = 2 } }`, []string{`headers.Host: field "headers.Host": want a string, got 2`}},
		{"a list for a map", `{ headers = { "Host" } }`, []string{`headers.1: item 1 of "headers": want only named fields here`}},
		{"a word that is not one of them", `{ forward = "tunel" }`, []string{`forward: field "forward": want "nat", "dr" or "tunnel", got "tunel" (did you mean "tunnel"?)`}},
		{"a call for a function", `{ policy = 3 }`, []string{`policy: field "policy": want a function, got 3`}},
		{"a string for a table", `{ on = "up" }`, []string{`on: field "on": want a table, got "up"`}},
		{"a gap in the list", `{ 1, nil, 3 }`, []string{`2: item 2: is nil (a name that is not defined?)`}},
		{"a key that is no position", `{ [1.5] = 1 }`, []string{`: 1.5 is no position in a list`}},
		{"a key that is no name", `{ [true] = 1 }`, []string{`: a field's name must be a string, got true`}},
		{"a misspelt field of an item", `{ steps = { { nmae = "x" }, 2 } }`, []string{`steps.1.nmae: unknown field "steps.1.nmae" (did you mean "name"?)`}},
		{"several at once", `{ weight = "abc", nmae = "x", forward = 1 }`, []string{
			`weight: field "weight": want a whole number from 0 to 2147483647, got "abc"`,
			`forward: field "forward": want "nat", "dr" or "tunnel", got 1`,
			`nmae: unknown field "nmae" (did you mean "name"?)`,
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := fields(t, c.table)
			readAll(f)
			var got []string
			for _, m := range f.Done() {
				got = append(got, strings.Join(m.Path, ".")+": "+m.Text)
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("mistakes (-want +got):\n%s", diff)
			}
		})
	}
}

func TestValuesAreRead(t *testing.T) {
	f := fields(t, `{ name = "a", weight = 3, yes = true, every = 0.5, tags = { "x", "y" }, headers = { Host = "h" }, forward = "dr", on = { n = 7 }, 10, 20 }`)
	got := []any{
		f.String("name", ""), f.Int("weight", 1, 0, 9), f.Bool("yes", false), f.Duration("every", 0, 0),
		f.Strings("tags"), f.StringMap("headers"), f.Enum("forward", "nat", "nat", "dr"), f.Sub("on").Int("n", 0, 0, 9),
		len(f.List()), f.Has("name"), f.Has("other"),
		f.String("none", "default"), f.Int("none", 4, 0, 9), f.Duration("none", time.Minute, 0), f.Strings("none"), f.Enum("none", "nat"),
	}
	want := []any{
		"a", 3, true, 500 * time.Millisecond,
		[]string{"x", "y"}, map[string]string{"Host": "h"}, "dr", 7,
		2, true, false,
		"default", 4, time.Minute, []string(nil), "nat",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("values (-want +got):\n%s", diff)
	}
	if left := f.Done(); len(left) > 0 {
		t.Errorf("unexpected mistakes: %v", left)
	}
}

func TestRaiseNamesTheCallersLineAndEveryMistake(t *testing.T) {
	L := lua.NewState()
	defer L.Close()
	L.SetGlobal("get", L.NewFunction(func(L *lua.LState) int {
		f := Optional(L, 1, "http.get")
		f.String("method", "GET")
		f.Duration("timeout", time.Second, 0)
		f.Raise()
		return 0
	}))
	for _, c := range []struct{ name, src, want string }{
		{"two mistakes are one error", "\nget { timeuot = 1, method = 2 }", `<string>:2: http.get: field "method": want a string, got 2; unknown field "timeuot" (did you mean "timeout"?)`},
		{"another type", `get "x"`, `<string>:1: http.get: argument 1: want a table, got "x"`},
		{"nothing is fine", `get()`, ""},
		{"no mistake is fine", `get { timeout = 1 }`, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			err := L.DoString(c.src)
			switch {
			case c.want == "" && err != nil:
				t.Errorf("unexpected error: %v", err)
			case c.want != "" && (err == nil || !strings.HasPrefix(err.Error(), c.want)):
				t.Errorf("error %v, want %s", err, c.want)
			}
		})
	}
}

func TestNearest(t *testing.T) {
	known := []string{"scheduler", "scheduler_flags", "forward", "weight", "up", "name", "pe", "ftp", "http"}
	for word, want := range map[string]string{
		"schedular": "scheduler", "Weight": "weight", "wieght": "weight", "forwrd": "forward",
		"u": "", "nam": "name", "pp": "pe", "banana": "", "": "", "scheduler_flag": "scheduler_flags",
		"htp": "http", "fpt": "ftp", "http2": "http",
	} {
		if got, _ := Nearest(word, known); got != want {
			t.Errorf("Nearest(%q) = %q, want %q", word, got, want)
		}
	}
}

func FuzzDuration(f *testing.F) {
	for _, s := range []string{"1500ms", "5s", "1h30m", "5", "-1s", "", "1e3s", "9999999h", "1d", ".5s", "+1s", "NaN", "inf"} {
		f.Add(s, 0.5)
	}
	f.Fuzz(func(t *testing.T, s string, n float64) {
		for _, v := range []lua.LValue{lua.LString(s), lua.LNumber(n)} {
			d, err := Duration(v)
			if err == nil && d < 0 {
				t.Errorf("Duration(%v) = %v, want no negative duration", v, d)
			}
			if err != nil && (d != 0 || err.Error() == "" || strings.Contains(err.Error(), "\n")) {
				t.Errorf("Duration(%v) = %v, %v; want zero and one line", v, d, err)
			}
		}
	})
}

func FuzzNearest(f *testing.F) {
	f.Add("schedular", "scheduler")
	f.Fuzz(func(t *testing.T, word, known string) {
		if got, ok := Nearest(word, []string{known}); ok && got != known {
			t.Errorf("Nearest(%q, %q) = %q", word, known, got)
		}
		if d, back := distance(word, known), distance(known, word); d != back {
			t.Errorf("distance(%q, %q) = %d, but %d the other way", word, known, d, back)
		}
	})
}
