package luaapi

import (
	"maps"
	"sync"

	lua "github.com/yuin/gopher-lua"
)

// modules returns, by name, what makes the modules that need nothing of what a
// policy declares.
func modules(rt *runtime, L *lua.LState) map[string]func() *lua.LTable {
	sockets := &sockets{&rt.limits.sockets}
	codec := sync.OnceValue(func() *jsonCodec { return newJSONCodec(L) })
	all := map[string]func() *lua.LTable{
		"data":    func() *lua.LTable { return newData(rt, L, codec()) },
		"dns":     func() *lua.LTable { return newDNS(rt, L) },
		"env":     func() *lua.LTable { return newEnv(rt, L) },
		"exec":    func() *lua.LTable { return newExec(rt, L) },
		"file":    func() *lua.LTable { return newFile(rt, L) },
		"http":    func() *lua.LTable { return newHTTP(rt, L, newHTTPClients(), codec()) },
		"icmp":    func() *lua.LTable { return newICMP(rt, L) },
		"ipvs":    func() *lua.LTable { return newIPVS(rt, L) },
		"json":    func() *lua.LTable { return newJSON(L, codec()) },
		"log":     func() *lua.LTable { return newLog(rt, L, codec()) },
		"metrics": func() *lua.LTable { return newMetrics(rt, L) },
		"store":   func() *lua.LTable { return newStore(rt, L, codec()) },
		"tcp":     func() *lua.LTable { return newTCP(rt, L, sockets) },
		"tls":     func() *lua.LTable { return newTLS(rt, L, sockets) },
		"udp":     func() *lua.LTable { return newUDP(rt, L, sockets) },
	}
	maps.Copy(all, texts(L))
	return all
}

// texts are the modules that work on texts and numbers alone.
func texts(L *lua.LState) map[string]func() *lua.LTable {
	return map[string]func() *lua.LTable{
		"base64": func() *lua.LTable { return newBase64(L) },
		"bytes":  func() *lua.LTable { return newBytes(L) },
		"hash":   func() *lua.LTable { return newHash(L) },
		"re":     func() *lua.LTable { return newRE(L) },
		"time":   func() *lua.LTable { return newTime(L) },
		"url":    func() *lua.LTable { return newURL(L) },
	}
}
