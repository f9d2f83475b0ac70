package luaapi

import "embed"

// Stubs are the definitions that a Lua language server reads to know what a
// policy can call: the files of the folder stubs. Tests keep them in line with
// what is registered.
//
//go:embed stubs/*.d.lua
var Stubs embed.FS
