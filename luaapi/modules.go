package luaapi

import (
	"sync"

	lua "github.com/yuin/gopher-lua"
)

// modules returns, by name, what makes the modules that need nothing of what a
// policy declares.
func modules(rt *runtime, L *lua.LState) map[string]func() *lua.LTable {
	sockets := &sockets{}
	codec := sync.OnceValue(func() *jsonCodec { return newJSONCodec(L) })
	return map[string]func() *lua.LTable{
		"bytes": func() *lua.LTable { return newBytes(L) },
		"data":  func() *lua.LTable { return newData(rt, L, codec()) },
		"exec":  func() *lua.LTable { return newExec(rt, L) },
		"hash":  func() *lua.LTable { return newHash(L) },
		"http":  func() *lua.LTable { return newHTTP(rt, L, newHTTPClients(), codec()) },
		"ipvs":  func() *lua.LTable { return newIPVS(rt, L) },
		"json":  func() *lua.LTable { return newJSON(L, codec()) },
		"log":   func() *lua.LTable { return newLog(rt, L) },
		"tcp":   func() *lua.LTable { return newTCP(rt, L, sockets) },
		"udp":   func() *lua.LTable { return newUDP(rt, L, sockets) },
	}
}
