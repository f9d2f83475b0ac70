package luaapi

import (
	_ "embed"
	"sync"

	lua "github.com/yuin/gopher-lua"

	"luavs/luaapi/syntax"
	"luavs/luaapi/vm"
)

// policyText is the module policy, which is written in Lua.
//
//go:embed lib/policy.lua
var policyText []byte

// library is the name of its chunk.
const library = libraryPrefix + "policy]"

// parseLibrary compiles it, once for all policies.
var parseLibrary = sync.OnceValues(func() (*syntax.Chunk, error) {
	return syntax.Parse(library, policyText)
})

// policyModule returns the module policy. Its text is run when something of it
// is first asked for, so that a script that uses nothing of it does not pay.
func policyModule(L *lua.LState) *lua.LTable {
	module, meta := L.CreateTable(0, 1), L.CreateTable(0, 2)
	meta.RawSetString("__index", L.NewFunction(func(L *lua.LState) int {
		runLibrary(L)
		onUndefined(L, module, "policy has no")
		L.Push(L.GetField(module, L.Get(2).String()))
		return 1
	}))
	module.Metatable = meta
	return module
}

// runLibrary runs the text, which puts its functions into the module.
func runLibrary(L *lua.LState) {
	chunk, err := parseLibrary()
	if err == nil {
		_, err = vm.Call(L, L.NewFunctionFromProto(chunk.Proto()))
	}
	if err != nil {
		L.RaiseError("policy: %v", err)
	}
}
