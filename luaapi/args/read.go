package args

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	lua "github.com/yuin/gopher-lua"
)

// usualFields is how many fields are asked for of most tables.
const usualFields = 12

// Value returns a field as it is: nil if it is not there.
func (f *Fields) Value(name string) lua.LValue {
	if f.known == nil {
		f.known = make([]string, 0, usualFields)
	}
	f.known = append(f.known, name)
	return f.table.RawGetString(name)
}

// Has tells whether a field is there.
func (f *Fields) Has(name string) bool { return f.Value(name) != lua.LNil }

// String returns a field that holds a string.
func (f *Fields) String(name, def string) string {
	v, ok := read[lua.LString](f, name, "a string")
	if !ok {
		return def
	}
	return string(v)
}

// Bool returns a field that holds true or false.
func (f *Fields) Bool(name string, def bool) bool {
	v, ok := read[lua.LBool](f, name, "true or false")
	if !ok {
		return def
	}
	return bool(v)
}

// Func returns a field that holds a function, or nil.
func (f *Fields) Func(name string) *lua.LFunction {
	v, _ := read[*lua.LFunction](f, name, "a function")
	return v
}

// Int returns a field that holds a whole number from low to high.
func (f *Fields) Int(name string, def, low, high int) int {
	v := f.Value(name)
	if v == lua.LNil {
		return def
	}
	n, ok := Whole(v, low, high)
	if !ok {
		f.Mistake(name, "want a whole number from %d to %d, got %s", low, high, Show(v))
		return def
	}
	return n
}

// Duration returns a field that holds a duration of at least low.
func (f *Fields) Duration(name string, def, low time.Duration) time.Duration {
	v := f.Value(name)
	if v == lua.LNil {
		return def
	}
	d, err := Duration(v)
	if err != nil {
		f.Mistake(name, "%v", err)
		return def
	}
	if d < low {
		f.Mistake(name, "want %v or longer, got %s", low, Show(v))
		return def
	}
	return d
}

// Enum returns a field that holds one of some words.
func (f *Fields) Enum(name, def string, words ...string) string {
	v := f.Value(name)
	if v == lua.LNil {
		return def
	}
	s, ok := v.(lua.LString)
	if ok && slices.Contains(words, string(s)) {
		return string(s)
	}
	f.Mistake(name, "want %s, got %s%s", anyOf(words), Show(v), Hint(string(s), words))
	return def
}

// Strings returns a field that holds a string or a list of strings.
func (f *Fields) Strings(name string) []string {
	switch v := f.Value(name).(type) {
	case *lua.LNilType:
		return nil
	case lua.LString:
		return []string{string(v)}
	case *lua.LTable:
		sub := f.Sub(name)
		var all []string
		for i, item := range sub.List() {
			if s, ok := item.(lua.LString); ok {
				all = append(all, string(s))
			} else if item != lua.LNil {
				sub.Mistake(fmt.Sprint(i+1), "want a string, got %s", Show(item))
			}
		}
		return all
	default:
		f.Mistake(name, "want a string or a list of strings, got %s", Show(v))
		return nil
	}
}

// StringMap returns a field that holds a table of strings by name; nil if it is
// not there.
func (f *Fields) StringMap(name string) map[string]string {
	sub := f.Sub(name)
	if sub == nil {
		return nil
	}
	all := map[string]string{}
	sub.Each(func(name string) { all[name] = sub.String(name, "") })
	return all
}

// Each calls visit with the name of each field, for tables whose names are the
// user's: none of them is unknown.
func (f *Fields) Each(visit func(name string)) {
	f.named = true
	for k := range f.keys(0) {
		if k, ok := k.(lua.LString); ok {
			visit(string(k))
		}
	}
}

// Sub returns a field that holds a table, or nil. Its mistakes are reported
// with those of f.
func (f *Fields) Sub(name string) *Fields {
	if sub := f.subs[name]; sub != nil {
		return sub
	}
	t, ok := read[*lua.LTable](f, name, "a table")
	if !ok {
		return nil
	}
	sub := Table(f.state, t, f.what)
	f.below(name, sub)
	return sub
}

// below puts what was read of a field with those whose mistakes are f's, too.
func (f *Fields) below(name string, sub *Fields) {
	sub.path, sub.root = f.at(name), f.root
	if f.subs == nil {
		f.subs = map[string]*Fields{}
	}
	f.subs[name] = sub
}

// Item returns the table at a position of the list part, from 1; nil if
// something else is there. Its mistakes are reported with those of f.
func (f *Fields) Item(n int) *Fields {
	t, ok := f.table.RawGetInt(n).(*lua.LTable)
	if !ok {
		return nil
	}
	name := strconv.Itoa(n)
	if f.subs[name] == nil {
		f.below(name, Table(f.state, t, f.what))
	}
	return f.subs[name]
}

// All returns the table itself and takes whatever is in it for right.
func (f *Fields) All() *lua.LTable {
	f.anything = true
	return f.table
}

// List returns the list part. A nil in the middle is a mistake, and is in the
// result as nil so that positions hold; so is a key that is no position.
func (f *Fields) List() []lua.LValue {
	f.list = true
	size := f.table.MaxN()
	for k := range f.keys(size) {
		if n, ok := k.(lua.LNumber); ok {
			f.note(f.path, fmt.Sprintf("%v is no position in a list", n))
		}
	}
	items := make([]lua.LValue, size)
	for i := range items {
		if items[i] = f.table.RawGetInt(i + 1); items[i] == lua.LNil {
			f.Mistake(fmt.Sprint(i+1), "is nil (a name that is not defined?)")
		}
	}
	return items
}

// read returns a field of one Lua type; false if it is not there or, which is
// a mistake, something else.
func read[T lua.LValue](f *Fields, name, want string) (T, bool) {
	v := f.Value(name)
	t, ok := v.(T)
	if !ok && v != lua.LNil {
		f.Mistake(name, "want %s, got %s", want, Show(v))
	}
	return t, ok
}

// Whole returns the whole number from low to high that a value is.
func Whole(v lua.LValue, low, high int) (int, bool) {
	n, ok := v.(lua.LNumber)
	if !ok || float64(n) != math.Trunc(float64(n)) || float64(n) < float64(low) || float64(n) > float64(high) {
		return 0, false
	}
	return int(n), true
}

// anyOf lists words for a person: "a", "b" or "c".
func anyOf(words []string) string {
	quoted := make([]string, len(words))
	for i, w := range words {
		quoted[i] = fmt.Sprintf("%q", w)
	}
	if last := len(quoted) - 1; last > 0 {
		return strings.Join(quoted[:last], ", ") + " or " + quoted[last]
	}
	return strings.Join(quoted, "")
}
