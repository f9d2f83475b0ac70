package luaapi

import (
	"context"
	"errors"
	"path"
	"path/filepath"
	"slices"
	"strings"

	lua "github.com/yuin/gopher-lua"

	"luavs/luaapi/args"
	"luavs/luaapi/syntax"
	"luavs/luaapi/vm"
)

// maxRequired bounds how many files a policy may require.
const maxRequired = 256

// required are the modules that a policy has asked for. It belongs to whoever
// holds the baton.
type required struct {
	values map[string]lua.LValue // by name, of those that have been run
	under  []string              // being run, the outermost first
}

func newRequired() required { return required{values: map[string]lua.LValue{}} }

// errNoted ends the run of a policy with a mistake that is noted already.
var errNoted = errors.New("a required file has a mistake")

// require is require(NAME): the module of a name, which is run when it is first
// asked for and returns its value.
func (ld *loader) require(L *lua.LState) int {
	text, _ := L.Get(1).(lua.LString)
	name := string(text)
	if !isModuleName(name) {
		L.RaiseError(`require: want the name of a module such as "keepalived", or of a file beside this one: "farm" is farm.lua and "lib.farm" is lib/farm.lua; got %s`, args.Show(L.Get(1)))
	}
	L.Push(ld.requireName(L, name))
	return 1
}

// isModuleName tells whether a name is words with points between them, which no
// path out of a folder can be made of.
func isModuleName(name string) bool {
	odd := func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && r != '_' && r != '-'
	}
	for word := range strings.SplitSeq(name, ".") {
		if word == "" || strings.ContainsFunc(word, odd) {
			return false
		}
	}
	return !strings.HasSuffix(name, ".lua")
}

func (ld *loader) requireName(L *lua.LState, name string) lua.LValue {
	if v, ok := ld.required.values[name]; ok {
		return v
	}
	if module, ok := ld.ours[name].(*lua.LTable); ok {
		return module
	}
	if slices.Contains(ld.required.under, name) {
		L.RaiseError("require %q: needs itself: %s", name, strings.Join(append(ld.required.under, name), " -> "))
	}
	chunk := ld.requiredChunk(L, name)
	ld.required.under = append(ld.required.under, name)
	L.Push(L.NewFunctionFromProto(chunk.Proto()))
	L.Push(lua.LString(name))
	given := 1
	if isShipped(name) {
		L.Push(ld.internals(L))
		given++
	}
	L.Call(given, 1)
	ld.required.under = ld.required.under[:len(ld.required.under)-1]
	v := L.Get(-1)
	L.Pop(1)
	if v == lua.LNil {
		v = lua.LTrue
	}
	ld.required.values[name] = v
	return v
}

// requiredChunk returns the text of a module: one that is part of the program,
// or a file beside the policy.
func (ld *loader) requiredChunk(L *lua.LState, name string) *syntax.Chunk {
	if isShipped(name) {
		chunk, err := parseLibrary(name)
		if err != nil {
			L.RaiseError("require %q: %v", name, err)
		}
		return chunk
	}
	if !ld.rt.script && !ld.rt.loading.Load() {
		L.RaiseError("require %q: files are read while the policy loads: require it outside of functions", name)
	}
	if len(ld.chunks) > maxRequired {
		L.RaiseError("require %q: more than %d files", name, maxRequired)
	}
	file := strings.ReplaceAll(name, ".", "/") + ".lua"
	var text []byte
	var err error
	vm.Wait(L, func(context.Context) { text, err = ld.rt.folder.Read(file) })
	if err != nil {
		L.RaiseError("require %q: %v (nor is it part of LuaVS; luavs lib lists what is)", name, err)
	}
	chunk, err := syntax.Parse(path.Join(filepath.Dir(ld.rt.name), file), text)
	if err != nil {
		ld.abandon(L, err)
	}
	ld.chunks = append(ld.chunks, chunk)
	return chunk
}

// abandon ends the run because of a text that is wrong.
func (ld *loader) abandon(L *lua.LState, err error) {
	noted := asMistakes(err)
	m, ok := noted.(*Mistakes)
	if !ok || ld.rt.script {
		L.Error(lua.LString(err.Error()), 0)
	}
	ld.mistakes.List = append(ld.mistakes.List, m.List...)
	L.Error(&lua.LUserData{Value: errNoted}, 0)
}

// chunkOf returns the text of a file of the policy, or nil.
func (ld *loader) chunkOf(file string) *syntax.Chunk {
	for _, c := range ld.chunks {
		if c.Name() == file {
			return c
		}
	}
	return nil
}
