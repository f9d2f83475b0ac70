package luaapi

import "embed"

//go:embed stubs/*.d.lua
var stubs embed.FS

// Stubs returns, by file name, the definitions that the Lua language server
// (LuaLS) reads to know what a policy can call. Tests keep them in line with what
// is registered.
func Stubs() (map[string][]byte, error) {
	entries, err := stubs.ReadDir("stubs")
	if err != nil {
		return nil, err
	}
	all := map[string][]byte{}
	for _, e := range entries {
		if all[e.Name()], err = stubs.ReadFile("stubs/" + e.Name()); err != nil {
			return nil, err
		}
	}
	return all, nil
}
