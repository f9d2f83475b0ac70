package luaapi

import (
	lua "github.com/yuin/gopher-lua"

	"luavs/luaapi/args"
)

// internals are what a module of the library gets to speak of the places where
// the policy calls it: the second of the values that its text is run with.
func (ld *loader) internals(L *lua.LState) *lua.LTable {
	return L.SetFuncs(L.CreateTable(0, 4), map[string]lua.LGFunction{
		"caller":  caller,
		"mistake": ld.mistakeAt,
		"hint":    hint,
		"check":   ld.checkAt,
		"expect":  ld.expect,
	})
}

// caller is caller(): the place from where the Lua function was called that
// calls it.
func caller(L *lua.LState) int {
	L.Push(&lua.LUserData{Value: outward(L, 1)})
	return 1
}

func argPosition(L *lua.LState, n int) position {
	at, _ := L.CheckUserData(n).Value.(position)
	return at
}

// mistakeAt is mistake(AT, TEXT, ...): it notes a mistake at a field of the table
// that the call at a place got; the rest leads to the field.
func (ld *loader) mistakeAt(L *lua.LState) int {
	at, text := argPosition(L, 1), L.CheckString(2)
	var path []string
	for n := 3; n <= L.GetTop(); n++ {
		path = append(path, L.CheckString(n))
	}
	ld.note(at, path, "%s", text)
	return 0
}

// A lonely is something that the policy made and that belongs into something
// else.
type lonely struct {
	at   position
	text string
	used bool
}

// expect is expect(AT, TEXT): it returns a function that is to be called before
// the policy has loaded, or else the text is a mistake at the place.
func (ld *loader) expect(L *lua.LState) int {
	l := &lonely{at: argPosition(L, 1), text: L.CheckString(2)}
	ld.lonely = append(ld.lonely, l)
	L.Push(L.NewFunction(func(*lua.LState) int { l.used = true; return 0 }))
	return 1
}

// hint is hint(WORD, WORDS): which of some words may have been meant.
func hint(L *lua.LState) int {
	var words []string
	L.CheckTable(2).ForEach(func(_, word lua.LValue) { words = append(words, word.String()) })
	L.Push(lua.LString(args.Hint(L.CheckString(1), words)))
	return 1
}

// checkAt is check(AT, KIND, FIELDS): check.KIND { FIELDS } as if it were called
// at a place.
func (ld *loader) checkAt(L *lua.LState) int {
	before := ld.checkPlace
	at := argPosition(L, 1)
	ld.checkPlace = &at
	defer func() { ld.checkPlace = before }()
	L.Push(L.GetField(L.GetGlobal("check"), L.CheckString(2)))
	L.Push(L.Get(3))
	L.Call(1, 1)
	return 1
}
