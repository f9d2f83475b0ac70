// Package stubs holds the definitions that a Lua language server reads to know
// what a policy can call. The tests of luaapi keep them in line with it.
package stubs

import _ "embed"

// LuaVS is the text of luavs.d.lua.
//
//go:embed luavs.d.lua
var LuaVS string
