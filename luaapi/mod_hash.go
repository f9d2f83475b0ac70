package luaapi

import (
	"crypto/hmac"
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"hash"

	lua "github.com/yuin/gopher-lua"

	"luavs/luaapi/args"
	"luavs/luaapi/vm"
)

// hashes are what protocols use, old ones as well: MD5 and SHA-1 are not for
// anything that must be safe.
func hashes() map[string]func() hash.Hash {
	return map[string]func() hash.Hash{"md5": md5.New, "sha1": sha1.New, "sha256": sha256.New, "sha512": sha512.New}
}

// newHash returns the module hash. Results are raw bytes.
func newHash(L *lua.LState) *lua.LTable {
	functions := map[string]lua.LGFunction{"hmac": luaHMAC}
	for name, make := range hashes() {
		functions[name] = func(L *lua.LState) int {
			return digest(L, make(), argText(L, 1, "hash."+name))
		}
	}
	return L.SetFuncs(L.NewTable(), functions)
}

// luaHMAC is hash.hmac(name, key, text): RFC 2104.
func luaHMAC(L *lua.LState) int {
	const what = "hash.hmac"
	name, key := argText(L, 1, what), argText(L, 2, what)
	make := hashes()[name]
	if make == nil {
		L.RaiseError(`%s: argument 1: want "md5", "sha1", "sha256" or "sha512", got %s`, what, args.Show(L.Get(1)))
	}
	return digest(L, hmac.New(make, []byte(key)), argText(L, 3, what))
}

func digest(L *lua.LState, h hash.Hash, text string) int {
	h.Write([]byte(text))
	vm.Work(L, len(text)/16)
	L.Push(lua.LString(h.Sum(nil)))
	return 1
}
