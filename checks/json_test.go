package checks

import (
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const health = `{"status":"ok","db":{"connected":true,"lag":0.25,"note":null},
	"queues":[{"depth":120},{"depth":3,"a.b":{"c":"deep"}}],"":"empty","big":18446744073709551616,"huge":1e999}`

func number(n float64) *float64 { return &n }

func TestJSONWants(t *testing.T) {
	tests := []struct {
		name string
		want JSONWant
		text string // the reason of a fail; empty for a pass
	}{
		{"a text", JSONWant{Path: "status", Equal: "ok"}, ""},
		{"another text", JSONWant{Path: "status", Equal: "fine"}, `json: status is "ok", want "fine"`},
		{"true", JSONWant{Path: "db.connected", Equal: true}, ""},
		{"true where false is wanted", JSONWant{Path: "db.connected", Equal: false}, `json: db.connected is true, want false`},
		{"a truth value is no text", JSONWant{Path: "db.connected", Equal: "true"}, `json: db.connected is true, want "true"`},
		{"a number", JSONWant{Path: "db.lag", Equal: 0.25}, ""},
		{"another number", JSONWant{Path: "db.lag", Equal: 1.0}, `json: db.lag is 0.25, want 1`},
		{"a number is no text", JSONWant{Path: "db.lag", Equal: "0.25"}, `json: db.lag is 0.25, want "0.25"`},
		{"a list is no value", JSONWant{Path: "queues", Equal: "x"}, `json: queues is a list of 2, want "x"`},
		{"an object is no value", JSONWant{Path: "db", Equal: true}, `json: db is an object of 3, want true`},
		{"at most", JSONWant{Path: "queues[1].depth", Max: number(100)}, ""},
		{"more than that", JSONWant{Path: "queues[0].depth", Max: number(100)}, `json: queues[0].depth is 120, want at most 100`},
		{"less than that", JSONWant{Path: "queues[1].depth", Min: number(4.5), Max: number(100)}, `json: queues[1].depth is 3, want at least 4.5`},
		{"the bounds belong to it", JSONWant{Path: "queues[1].depth", Min: number(3), Max: number(3)}, ""},
		{"a text has no bounds", JSONWant{Path: "status", Max: number(1)}, `json: status is "ok", want a number`},
		{"a number that no computer has", JSONWant{Path: "huge", Min: number(1)}, `json: huge is 1e999, want a number`},
		{"a number of 20 digits", JSONWant{Path: "big", Min: number(1e18)}, ""},
		{"a pattern", JSONWant{Path: "status", Match: regexp.MustCompile("^o")}, ""},
		{"no match", JSONWant{Path: "status", Match: regexp.MustCompile("^k")}, `json: status is "ok", want a match of "^k"`},
		{"a number has no pattern", JSONWant{Path: "db.lag", Match: regexp.MustCompile("0")}, `json: db.lag is 0.25, want a match of "0"`},
		{"there is one", JSONWant{Path: "db"}, ""},
		{"there is none", JSONWant{Path: "cache"}, `json: cache is missing or null`},
		{"null is none", JSONWant{Path: "db.note"}, `json: db.note is missing or null`},
		{"there must be none", JSONWant{Path: "db.error", Absent: true}, ""},
		{"null is as good as none", JSONWant{Path: "db.note", Absent: true}, ""},
		{"there is one that must not be", JSONWant{Path: "status", Absent: true}, `json: status is "ok", want nothing`},
		{"a name with a dot", JSONWant{Path: `queues[1]["a.b"].c`, Equal: "deep"}, ""},
		{"an empty name", JSONWant{Path: `[""]`, Equal: "empty"}, ""},
		{"a position behind the end", JSONWant{Path: "queues[2]"}, `json: queues[2] is missing or null`},
		{"a position in an object", JSONWant{Path: "db[0]"}, `json: db[0] is missing or null`},
		{"a name in a list", JSONWant{Path: "queues.depth"}, `json: queues.depth is missing or null`},
		{"a name in a text", JSONWant{Path: "status.ok"}, `json: status.ok is missing or null`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if err := tt.want.mistake(); err != nil {
				t.Fatal(err)
			}
			if got := textOf(judgeJSON([]JSONWant{tt.want}, []byte(health))); got != tt.text {
				t.Errorf("got  %s\nwant %s", got, tt.text)
			}
		})
	}
}

func textOf(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

func TestBodiesThatAreNoJSON(t *testing.T) {
	for body, want := range map[string]string{
		"":                         "json: the body is no JSON: it ends too early",
		`{"a":`:                    "json: the body is no JSON: it ends too early",
		`{"a":1} x`:                "json: the body is no JSON: something comes after its end",
		"<html>":                   "json: the body is no JSON: invalid character '<' looking for beginning of value",
		" {} \r\n\t":               "json: a is missing or null",
		"null":                     "json: a is missing or null",
		strings.Repeat("[", 20000): "json: the body is no JSON: invalid character '[' exceeded max depth",
	} {
		if got := textOf(judgeJSON([]JSONWant{{Path: "a"}}, []byte(body))); got != want {
			t.Errorf("%.20q: got %s, want %s", body, got, want)
		}
	}
}

func TestJSONPathsThatAreNone(t *testing.T) {
	for _, text := range []string{
		"", ".", ".a", "a.", "a..b", "a[", "a[]", "a[-1]", "a[01]", "a[1", "a[x]", `a["x]`, `a["x"`, "a]b", `a"b`,
		"a[99999999999]", `["\x"]`, "a.[0]", "a['x']", "a[0]b", strings.Repeat("a", 1001),
	} {
		if path, err := ParseJSONPath(text); err == nil {
			t.Errorf("%q is taken as %v", text, path)
		}
	}
}

// A path that is read and written is the same path.
func FuzzJSONPath(f *testing.F) {
	for _, text := range []string{"db.connected", "queues[0].depth", `["a.b"].c`, `[""]`, "a b.ü", `x["\u00e9\n\""][3]`} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		path, err := ParseJSONPath(text)
		if err != nil {
			return
		}
		again, err := ParseJSONPath(path.String())
		if err != nil || !cmp.Equal(path, again, cmp.AllowUnexported(jsonStep{})) {
			t.Errorf("%q is written as %q: %v", text, path, err)
		}
		path.find(map[string]any{"a": []any{nil}})
	})
}

// Whatever a server sends is judged, in one line.
func FuzzJSONBody(f *testing.F) {
	f.Add([]byte(health), "db.connected")
	f.Add([]byte(`[1,{"a":"\ud800"}]`), "[1].a")
	f.Fuzz(func(t *testing.T, body []byte, path string) {
		w := JSONWant{Path: path, Equal: "ok"}
		if w.mistake() != nil {
			return
		}
		if err := judgeJSON([]JSONWant{w}, body); err != nil && !strings.HasPrefix(err.Error(), "json: ") {
			t.Error(err)
		}
	})
}
