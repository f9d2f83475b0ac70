package luaapi

import (
	"sync"

	lua "github.com/yuin/gopher-lua"
)

// modules returns, by name, what makes the modules that need nothing of what a
// policy declares.
func modules(rt *runtime, L *lua.LState) map[string]func() *lua.LTable {
	codec := sync.OnceValue(func() *jsonCodec { return newJSONCodec(L) })
	return map[string]func() *lua.LTable{
		"exec": func() *lua.LTable { return newExec(rt, L) },
		"http": func() *lua.LTable { return newHTTP(rt, L, newHTTPClients(), codec()) },
		"ipvs": func() *lua.LTable { return newIPVS(rt, L) },
		"json": func() *lua.LTable { return newJSON(L, codec()) },
		"log":  func() *lua.LTable { return newLog(rt, L) },
		"tcp":  func() *lua.LTable { return newTCP(rt, L) },
	}
}
