package luaapi

import (
	"strings"

	lua "github.com/yuin/gopher-lua"

	"luavs/checks"
	"luavs/luaapi/args"
	"luavs/luaapi/vm"
)

// A definedKind is a kind of check that Lua code made with check.define.
type definedKind struct {
	name     string
	defaults *lua.LTable
	probe    *lua.LFunction
	mistake  *lua.LFunction // may be nil
}

// A definedCheck is what a check of such a kind was given.
type definedCheck struct {
	kind     string
	route    checks.Route
	settings *lua.LTable // the defaults, with what was given over them
}

// isKindName tells whether a kind may be called so: as a field of check.
func isKindName(name string) bool {
	odd := func(r rune) bool { return (r < 'a' || r > 'z') && (r < '0' || r > '9') && r != '_' }
	return name != "" && name[0] >= 'a' && !strings.ContainsFunc(name, odd)
}

// define is check.define(NAME, DEFAULTS, PROBE [, MISTAKE]).
func (ld *loader) define(L *lua.LState) int {
	const what = "check.define"
	ld.declaring(L, what)
	k := &definedKind{name: argText(L, 1, what)}
	module := L.GetGlobal("check").(*lua.LTable)
	switch {
	case !isKindName(k.name):
		ld.misuse(L, "%s: want a name of small letters, digits and _ as the first argument, got %s", what, args.Show(L.Get(1)))
		return 0
	case module.RawGetString(k.name) != lua.LNil || k.name != ld.shipping && isShipped("check."+k.name):
		ld.misuse(L, "%s: there is a check.%s already; choose another name", what, k.name)
		return 0
	}
	ld.readKind(L, k)
	module.RawSetString(k.name, L.NewFunction(func(L *lua.LState) int {
		return ld.check(L, "check."+k.name, func(f *args.Fields, c *checkSpec) { k.read(L, f, c) })
	}))
	return 0
}

// readKind reads all but the name.
func (ld *loader) readKind(L *lua.LState, k *definedKind) {
	const what = "check.define"
	var isTable, isFunction bool
	k.defaults, isTable = L.Get(2).(*lua.LTable)
	k.probe, isFunction = L.Get(3).(*lua.LFunction)
	k.mistake, _ = L.Get(4).(*lua.LFunction)
	if !isTable {
		ld.misuse(L, "%s: want a table of defaults as the second argument ({} if there are none), got %s", what, args.Show(L.Get(2)))
		k.defaults = L.NewTable()
	}
	if !isFunction {
		ld.misuse(L, "%s: want a function(rs, o) as the third argument, got %s", what, args.Show(L.Get(3)))
	}
	if k.mistake == nil && L.Get(4) != lua.LNil {
		ld.misuse(L, "%s: want a function(o) as the fourth argument, or none, got %s", what, args.Show(L.Get(4)))
	}
	common := commonFields(L)
	k.defaults.ForEach(func(name, def lua.LValue) {
		_, isText := name.(lua.LString)
		_, isWords := def.(*lua.LTable)
		switch {
		case !isText:
			ld.misuse(L, "%s: a setting has a name, as in { user = \"\" }; got %s", what, args.Show(name))
		case name.String() == "route" || common.Knows(name.String()):
			ld.misuse(L, "%s: every check has %s; a setting needs another name", what, args.Show(name))
		case isWords && def.(*lua.LTable).Len() < 2:
			ld.misuse(L, "%s: %s: want two words or more to choose from", what, args.Show(name))
		case !isWords && !lua.LVCanConvToString(def) && def.Type() != lua.LTBool:
			ld.misuse(L, "%s: %s: a default is a string, a number, true or false, or a list of words; got %s", what, args.Show(name), args.Show(def))
		}
	})
}

// commonFields knows the fields that each check of a defined kind has.
func commonFields(L *lua.LState) *args.Fields {
	f := args.Table(L, nil, "")
	readTiming(f, "")
	readTCPRoute(f, &checkSpec{})
	return f
}

// read reads the table of a check.
func (k *definedKind) read(L *lua.LState, f *args.Fields, c *checkSpec) {
	c.timing = readTiming(f, "check."+k.name)
	d := &definedCheck{kind: k.name, route: readTCPRoute(f, c), settings: L.NewTable()}
	shown := map[string]string{}
	k.defaults.ForEach(func(name, def lua.LValue) {
		v := readSetting(f, name.String(), def)
		d.settings.RawSet(name, v)
		if v != def && v != firstWord(def) {
			shown[name.String()] = lua.LVAsString(v)
			if v.Type() == lua.LTBool {
				shown[name.String()] = v.String()
			}
		}
	})
	c.id, c.script, c.defined = checks.Identity(k.name, d.route, shown), k.probe, d
	k.judge(L, f, d)
}

// judge asks the kind's own function for a mistake in the settings.
func (k *definedKind) judge(L *lua.LState, f *args.Fields, d *definedCheck) {
	if k.mistake == nil {
		return
	}
	answer, err := vm.Call(L, k.mistake, d.settings)
	switch {
	case err != nil:
		f.Mistake("", "%v", err)
	case len(answer) > 0 && lua.LVAsBool(answer[0]):
		f.Mistake("", "%s", lua.LVAsString(answer[0]))
	}
}

// firstWord returns the default that a list of words stands for.
func firstWord(def lua.LValue) lua.LValue {
	if words, ok := def.(*lua.LTable); ok {
		return words.RawGetInt(1)
	}
	return nil
}

// readSetting reads a field as its default says.
func readSetting(f *args.Fields, name string, def lua.LValue) lua.LValue {
	if def, ok := def.(lua.LBool); ok {
		return lua.LBool(f.Bool(name, bool(def)))
	}
	return readOption(f, name, def)
}

// given returns the settings as the probe gets them.
func (d *definedCheck) given(L *lua.LState) *lua.LTable {
	o := L.NewTable()
	d.settings.ForEach(o.RawSet)
	return o
}

// aim puts into the settings whom a run asks, and which way.
func (d *definedCheck) aim(L *lua.LState, o *lua.LTable, t checks.Target) {
	to, way := d.route.Way(t)
	o.RawSetString("addr", lua.LString(to.String()))
	o.RawSetString("route", outgoing(L, way))
}

// outgoing returns what tcp.connect and udp.connect take of a route; nil if
// that is nothing.
func outgoing(L *lua.LState, r checks.Route) lua.LValue {
	if r.Interface == "" && r.Mark == 0 && !r.Source.IsValid() {
		return lua.LNil
	}
	t := L.NewTable()
	if r.Source.IsValid() {
		t.RawSetString("source", lua.LString(r.Source.String()))
	}
	if r.Interface != "" {
		t.RawSetString("interface", lua.LString(r.Interface))
	}
	if r.Mark != 0 {
		t.RawSetString("mark", lua.LNumber(r.Mark))
	}
	return t
}
