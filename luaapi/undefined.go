package luaapi

import (
	"context"
	"errors"
	"fmt"
	"slices"

	lua "github.com/yuin/gopher-lua"

	"luavs/luaapi/args"
	"luavs/luaapi/syntax"
	"luavs/luaapi/vm"
)

// nameUndefined makes an error of reading a name that is not defined, alone or
// in a module, and has it say which one may have been meant. It returns what is
// defined.
func nameUndefined(L *lua.LState) map[string]lua.LValue {
	ours := map[string]lua.LValue{}
	L.G.Global.ForEach(func(k, v lua.LValue) {
		ours[k.String()] = v
		if module, ok := v.(*lua.LTable); ok && module != L.G.Global {
			module.Metatable = L.CreateTable(0, 2)
			onUndefined(L, module, k.String()+" has no")
		}
	})
	onUndefined(L, L.G.Global, "undefined name")
	return ours
}

func onUndefined(L *lua.LState, t *lua.LTable, complaint string) {
	t.Metatable.(*lua.LTable).RawSetString("__index", L.NewFunction(func(L *lua.LState) int {
		L.RaiseError("%s", undefined(t, complaint, L.Get(2).String()))
		return 0
	}))
}

// undefined says that a table of names has not this one, and which one may have
// been meant, of the table or of others that are known.
func undefined(t *lua.LTable, complaint, name string, known ...string) string {
	t.ForEach(func(k, _ lua.LValue) { known = append(known, k.String()) })
	hint := args.Hint(name, known)
	if meant, ok := otherWorlds[name]; ok && complaint == "undefined name" {
		hint = fmt.Sprintf(" (%s)", meant)
	}
	return fmt.Sprintf("%s %q%s", complaint, name, hint)
}

// otherWorlds are names that people bring along.
var otherWorlds = map[string]string{
	"None": "Lua writes nil", "null": "Lua writes nil", "NULL": "Lua writes nil", "undefined": "Lua writes nil",
	"True": "Lua writes true", "False": "Lua writes false", "yes": "Lua writes true", "no": "Lua writes false", "off": "Lua writes false",
	"dofile":    "require \"farm\" runs farm.lua, which is beside the policy",
	"loadfile":  "require \"farm\" runs farm.lua, which is beside the policy",
	"io":        "a policy reads no files",
	"debug":     "log.debug writes to the log",
	"scheduler": `a field is written scheduler = "wrr"`, "forward": `a field is written forward = "nat"`,
	"weight": "a field is written weight = 1", "name": `a field is written name = "web"`,
}

// noteNames notes names that are used somewhere in the file and that nobody
// defines: a function that is called when a server goes down is a bad place to
// find out. Of a file that did not run to its end, what it would have defined
// is not known for sure: any place where it is written counts.
func (ld *loader) noteNames(ctx context.Context, failed bool) error {
	var uses []use
	for _, chunk := range ld.chunks {
		for _, u := range chunk.Globals() {
			uses = append(uses, use{u, chunk.Name()})
		}
	}
	if failed && slices.ContainsFunc(uses, definesUnseen) {
		return nil
	}
	return ld.rt.vm.Do(ctx, func(L *lua.LState) error {
		defined := map[string]bool{}
		for _, u := range uses {
			defined[u.Name] = defined[u.Name] || L.G.Global.RawGetString(u.Name) != lua.LNil || u.Write && failed
		}
		for _, u := range uses {
			ld.noteUse(L, u, defined[u.Name])
		}
		if !failed && !slices.ContainsFunc(uses, definesUnseen) {
			ld.noteOwn(L, uses)
		}
		return nil
	})
}

// noteOwn notes global variables of the policy that were hardly meant to be
// what they are: those that only functions set, which all share, and functions
// that nothing uses.
func (ld *loader) noteOwn(L *lua.LState, uses []use) {
	outside, read, noted := map[string]bool{}, map[string]bool{}, map[string]bool{}
	for _, u := range uses {
		outside[u.Name] = outside[u.Name] || u.Write && !u.Inside
		read[u.Name] = read[u.Name] || !u.Write
	}
	for _, u := range uses {
		value := L.G.Global.RawGetString(u.Name)
		if _, ours := ld.ours[u.Name]; ours || !u.Write || value == lua.LNil || noted[u.Name] {
			continue
		}
		at := position{file: u.file, line: u.Line}
		switch {
		case !outside[u.Name]:
			ld.note(at, nil, "%q is a global variable that only functions set, and all of them share: write \"local %s\", or set it outside of functions first", u.Name, u.Name)
		case !read[u.Name] && value.Type() == lua.LTFunction:
			ld.note(at, nil, "nothing uses the function %q: remove it, or write \"local function %s\"", u.Name, u.Name)
		default:
			continue
		}
		noted[u.Name] = true
	}
}

// use is a use of a global variable, with the file it is in.
type use struct {
	syntax.Use
	file string
}

// definesUnseen tells whether a name may be defined without being written out.
func definesUnseen(u use) bool { return u.Name == "_G" || u.Name == "rawset" }

// noteUse notes what is wrong with one use of a global variable.
func (ld *loader) noteUse(L *lua.LState, u use, defined bool) {
	at := position{file: u.file, line: u.Line}
	own, isOwn := ld.ours[u.Name]
	switch {
	case u.Write && isOwn:
		ld.note(at, nil, "%q is a name of LuaVS: choose another, or write \"local %s\"", u.Name, u.Name)
	case u.Write && !defined:
		ld.note(at, nil, "%q would become a global variable once the policy is in force: write \"local %s\", or set it while the file loads%s", u.Name, u.Name, similar(L, u.Name))
	case !u.Write && !defined && !isOwn:
		ld.note(at, nil, "%s", undefined(L.G.Global, "undefined name", u.Name))
	case !u.Write && u.Field != "" && L.G.Global.RawGetString(u.Name) == own:
		err := readModule(L, own, u.Field)
		if err == nil && !ld.notedAt(at) {
			err = ld.rt.allow.forbids(u.Name, u.Field)
		}
		if err != nil {
			ld.note(at, nil, "%s", err)
		}
	}
}

// notedAt tells whether something is wrong with a line already.
func (ld *loader) notedAt(at position) bool {
	return slices.ContainsFunc(ld.mistakes.List, func(m Mistake) bool { return m.File == at.file && m.Line == at.line })
}

// similar names a variable that may have been meant by a name.
func similar(L *lua.LState, name string) string {
	var known []string
	L.G.Global.ForEach(func(k, _ lua.LValue) { known = append(known, k.String()) })
	return args.Hint(name, known)
}

// readModule reads a field of a module, and returns what that says if there is none.
func readModule(L *lua.LState, module lua.LValue, name string) error {
	t, ok := module.(*lua.LTable)
	if !ok || t == L.G.Global {
		return nil
	}
	_, err := vm.Call(L, L.NewFunction(func(L *lua.LState) int {
		L.GetField(t, name)
		return 0
	}))
	var e *vm.Error
	if errors.As(err, &e) {
		return errors.New(e.Message)
	}
	return err
}
