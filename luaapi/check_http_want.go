package luaapi

import (
	"regexp"
	"slices"

	lua "github.com/yuin/gopher-lua"

	"luavs/checks"
	"luavs/luaapi/args"
)

// readHeaderWants reads response_headers: by name a text, true for any, false
// for none, or { match = PATTERN }.
func readHeaderWants(f *args.Fields) []checks.HeaderWant {
	var wants []checks.HeaderWant
	sub := f.Sub("response_headers")
	for _, name := range namesIn(sub) {
		w := checks.HeaderWant{Name: name}
		switch v := sub.Value(name).(type) {
		case lua.LString:
			w.Equal = string(v)
		case lua.LBool:
			w.Absent = !bool(v)
		case *lua.LTable:
			w.Match = readMatch(sub.Sub(name))
		default:
			sub.Mistake(name, `want a text, true, false or { match = "..." }, got %s`, args.Show(v))
		}
		if w.Equal == "" && sub.Value(name) == lua.LString("") {
			sub.Mistake(name, "is empty: want a text, true, or false for no such header")
		}
		wants = append(wants, w)
	}
	return wants
}

// readMatch reads the one field match.
func readMatch(f *args.Fields) *regexp.Regexp {
	if !f.Has("match") {
		f.Mistake("match", "is missing")
	}
	return readPattern(f, "match")
}

// readJSONWants reads json: by path a value, or a table of conditions.
func readJSONWants(f *args.Fields) []checks.JSONWant {
	var wants []checks.JSONWant
	sub := f.Sub("json")
	for _, path := range namesIn(sub) {
		w := checks.JSONWant{Path: path}
		switch v := sub.Value(path).(type) {
		case lua.LString:
			w.Equal = string(v)
		case lua.LNumber:
			w.Equal = float64(v)
		case lua.LBool:
			w.Equal = bool(v)
		case *lua.LTable:
			readConditions(sub.Sub(path), &w)
		default:
			sub.Mistake(path, "want a text, a number, true, false or a table such as { max = 100 }, got %s", args.Show(v))
		}
		wants = append(wants, w)
	}
	return wants
}

// readConditions reads { min, max, match, exists }.
func readConditions(f *args.Fields, w *checks.JSONWant) {
	w.Min, w.Max = readBound(f, "min"), readBound(f, "max")
	w.Match = readPattern(f, "match")
	w.Absent = !f.Bool("exists", true)
	for _, name := range []string{"min", "max", "match", "exists"} {
		if f.Has(name) {
			return
		}
	}
	f.Mistake("", "want one of min, max, match and exists")
}

// readBound reads a number, which may be left out.
func readBound(f *args.Fields, name string) *float64 {
	switch v := f.Value(name).(type) {
	case *lua.LNilType:
	case lua.LNumber:
		n := float64(v)
		return &n
	default:
		f.Mistake(name, "want a number, got %s", args.Show(v))
	}
	return nil
}

// namesIn lists the names of a table whose names are the user's, in order.
func namesIn(f *args.Fields) []string {
	if f == nil {
		return nil
	}
	var names []string
	f.Each(func(name string) { names = append(names, name) })
	slices.Sort(names)
	return names
}
