package luaapi

import (
	"strconv"
	"strings"

	lua "github.com/yuin/gopher-lua"

	"luavs/luaapi/args"
)

// options is options(WHAT, given, defaults), for a function of Lua code that
// takes a table: it returns what was given over the defaults, and blames the
// caller of that function for names that have no default and for values of
// another type. A default that is a list of words takes one of them, and is
// the first; false takes anything. A default that is a duration takes one, and
// gives seconds. A default at position 1 wants one item without a name.
func (ld *loader) options(L *lua.LState) int {
	what, defaults := L.CheckString(1), L.CheckTable(3)
	at := outward(L, 1)
	f := args.Optional(L, 2, what)
	chosen := L.NewTable()
	defaults.ForEach(func(k, def lua.LValue) {
		seconds, err := args.Duration(def)
		switch {
		case k == lua.LNumber(1):
			chosen.RawSetInt(1, readItem(f, def))
		case def.Type() == lua.LTString && err == nil:
			chosen.RawSet(k, lua.LNumber(f.Duration(k.String(), seconds, 0).Seconds()))
		default:
			chosen.RawSet(k, readOption(f, k.String(), def))
		}
	})
	ld.blame(L, at, what, f)
	L.Push(chosen)
	return 1
}

// readItem reads the one item without a name, of the type of its default.
func readItem(f *args.Fields, def lua.LValue) lua.LValue {
	items := f.List()
	if len(items) != 1 || items[0].Type() != def.Type() {
		f.Mistake("", "want one %s without a name in the table", def.Type())
		return def
	}
	return items[0]
}

// readOption reads a field of the type of its default.
func readOption(f *args.Fields, name string, def lua.LValue) lua.LValue {
	v := f.Value(name)
	switch words, isList := def.(*lua.LTable); {
	case isList && words.Len() > 0:
		var all []string
		words.ForEach(func(_, word lua.LValue) { all = append(all, word.String()) })
		return lua.LString(f.Enum(name, all[0], all...))
	case v == lua.LNil:
		return def
	case def == lua.LFalse || v.Type() == def.Type():
		if t, ok := v.(*lua.LTable); ok {
			f.Sub(name).All()
			return t
		}
		return v
	}
	f.Mistake(name, "want a %s, got %s", def.Type(), args.Show(v))
	return def
}

// blame reports the mistakes of a table that the call at a position got: with
// all others of the file while it loads, as one Lua error later.
func (ld *loader) blame(L *lua.LState, at position, what string, f *args.Fields) {
	if ld.rt.loading.Load() {
		ld.noteAll(at, f)
		return
	}
	var texts []string
	for _, m := range f.Done() {
		texts = append(texts, m.Text)
	}
	if len(texts) > 0 {
		L.Error(lua.LString(at.file+":"+strconv.Itoa(at.line)+": "+what+": "+strings.Join(texts, "; ")), 0)
	}
}
