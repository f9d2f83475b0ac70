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

// libraryFiles is what is written in Lua: lib/policy.lua is the module policy,
// lib/checks/smtp.lua is check.smtp.
//
//go:embed lib
var libraryFiles embed.FS

// libraryPath returns the file of a part of the library.
func libraryPath(name string) string {
	if kind, ok := strings.CutPrefix(name, "check."); ok {
		return path.Join("lib", "checks", kind+".lua")
	}
	return path.Join("lib", name+".lua")
}

// Library lists what is written in Lua and can be read: "check.smtp", "policy".
func Library() []string {
	var names []string
	fs.WalkDir(libraryFiles, "lib", func(file string, entry fs.DirEntry, err error) error {
		if err == nil && !entry.IsDir() {
			name := strings.TrimSuffix(strings.TrimPrefix(file, "lib/"), ".lua")
			names = append(names, strings.Replace(name, "checks/", "check.", 1))
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

// policyModule returns the module policy. Its text is run when something of it
// is first asked for, so that a script that uses nothing of it does not pay.
func policyModule(L *lua.LState) *lua.LTable {
	module, meta := L.CreateTable(0, 1), L.CreateTable(0, 2)
	meta.RawSetString("__index", L.NewFunction(func(L *lua.LState) int {
		runLibrary(L, "policy")
		onUndefined(L, module, "policy has no")
		L.Push(L.GetField(module, L.Get(2).String()))
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
			L.RaiseError("%s", undefined(module, "check has no", kind, shippedChecks()...))
		}
		ld.declaring(L, "check."+kind)
		ld.shipping = kind
		defer func() { ld.shipping = "" }()
		runLibrary(L, "check."+kind)
		L.Push(module.RawGetString(kind))
		return 1
	}))
}

// shippedChecks lists the kinds of checks in the library.
func shippedChecks() []string {
	var kinds []string
	for _, name := range Library() {
		if kind, ok := strings.CutPrefix(name, "check."); ok {
			kinds = append(kinds, kind)
		}
	}
	return kinds
}
