package luaapi

import (
	"embed"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
	"sync"

	lua "github.com/yuin/gopher-lua"

	"luavs/luaapi/syntax"
	"luavs/luaapi/vm"
)

// libraryFiles is what is written in Lua: lib/check/smtp.lua is check.smtp,
// lib/policy/standard.lua is policy.standard.
//
//go:embed lib
var libraryFiles embed.FS

// libraryPath returns the file of a part of the library.
func libraryPath(name string) string {
	return path.Join("lib", strings.ReplaceAll(name, ".", "/")+".lua")
}

// Library lists what is written in Lua and can be read: "check.smtp", "policy.standard".
func Library() []string {
	var names []string
	fs.WalkDir(libraryFiles, "lib", func(file string, entry fs.DirEntry, err error) error {
		if err == nil && !entry.IsDir() {
			name := strings.TrimSuffix(strings.TrimPrefix(file, "lib/"), ".lua")
			names = append(names, strings.ReplaceAll(name, "/", "."))
		}
		return err
	})
	slices.Sort(names)
	return names
}

// LibraryText returns the text of a part of the library.
func LibraryText(name string) ([]byte, error) {
	if !isShipped(name) {
		return nil, fmt.Errorf("%q is not in the library", name)
	}
	return libraryFiles.ReadFile(libraryPath(name))
}

func isShipped(name string) bool {
	_, err := fs.Stat(libraryFiles, libraryPath(name))
	return err == nil && !strings.ContainsAny(name, "/\\")
}

// parsed are the compiled texts by name, for all policies.
var parsed sync.Map // of func() (*syntax.Chunk, error)

func parseLibrary(name string) (*syntax.Chunk, error) {
	once, _ := parsed.LoadOrStore(name, sync.OnceValues(func() (*syntax.Chunk, error) {
		text, err := LibraryText(name)
		if err != nil {
			return nil, err
		}
		return syntax.Parse(libraryPrefix+name+"]", text)
	}))
	return once.(func() (*syntax.Chunk, error))()
}

// runLibrary runs a text, which puts its functions into a module.
func runLibrary(L *lua.LState, name string) {
	chunk, err := parseLibrary(name)
	if err == nil {
		_, err = vm.Call(L, L.NewFunctionFromProto(chunk.Proto()))
	}
	if err != nil {
		L.RaiseError("%s: %v", name, err)
	}
}

// remedy is remedy {...}, whose text is run when it is first called.
func (ld *loader) remedy(L *lua.LState) int {
	L.Insert(ld.requireName(L, "remedy"), 1)
	L.Call(L.GetTop()-1, 1)
	return 1
}

// policyModule returns the module policy. Each policy's text is run when it is
// first asked for, so that a script that uses none does not pay.
func (ld *loader) policyModule(L *lua.LState) *lua.LTable {
	module, meta := L.CreateTable(0, 1), L.CreateTable(0, 2)
	meta.RawSetString("__index", L.NewFunction(func(L *lua.LState) int {
		name := L.Get(2).String()
		if !isShipped("policy." + name) {
			L.Push(ld.noSuch(L, undefined(module, "policy has no", name, shipped("policy.")...)))
			return 1
		}
		module.RawSetString(name, ld.requireName(L, "policy."+name))
		L.Push(module.RawGetString(name))
		return 1
	}))
	module.Metatable = meta
	return module
}

// shipChecks has the kinds of checks of the library run when they are first
// asked for.
func (ld *loader) shipChecks(L *lua.LState, module *lua.LTable) {
	module.Metatable.(*lua.LTable).RawSetString("__index", L.NewFunction(func(L *lua.LState) int {
		kind := L.Get(2).String()
		if !isKindName(kind) || !isShipped("check."+kind) {
			L.Push(ld.noSuch(L, undefined(module, "check has no", kind, shipped("check.")...)))
			return 1
		}
		ld.declaring(L, "check."+kind)
		ld.shipping = kind
		defer func() { ld.shipping = "" }()
		runLibrary(L, "check."+kind)
		L.Push(module.RawGetString(kind))
		return 1
	}))
}

// noSuch is for a name that the library has not: while the policy loads a
// mistake beside others, for which the call of what it returns is as if it were
// not there; a Lua error later, and for who only asks whether there is one.
func (ld *loader) noSuch(L *lua.LState, complaint string) *lua.LFunction {
	if here(L).line == 0 {
		L.RaiseError("%s", complaint)
	}
	ld.misuse(L, "%s", complaint)
	return L.NewFunction(func(*lua.LState) int { return 0 })
}

// shipped lists what the library has of a module such as "check.".
func shipped(module string) []string {
	var names []string
	for _, full := range Library() {
		if name, ok := strings.CutPrefix(full, module); ok {
			names = append(names, name)
		}
	}
	return names
}
