package luaapi

import lua "github.com/yuin/gopher-lua"

// modules returns, by name, the modules that need nothing of what a policy
// declares.
func modules(rt *runtime, L *lua.LState) map[string]*lua.LTable {
	codec := newJSONCodec(L)
	return map[string]*lua.LTable{
		"exec": newExec(rt, L),
		"http": newHTTP(rt, L, newHTTPClients(), codec),
		"ipvs": newIPVS(rt, L),
		"json": newJSON(L, codec),
		"log":  newLog(rt, L),
		"tcp":  newTCP(rt, L),
	}
}
