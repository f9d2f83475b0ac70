// Package stubs holds the definitions that a Lua language server reads to know
// what a policy can call. The tests of luaapi keep them in line with it.
package stubs

import "embed"

// Files are the definition files, all in one folder.
//
//go:embed *.d.lua
var Files embed.FS
