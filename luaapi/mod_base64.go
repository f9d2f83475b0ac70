package luaapi

import (
	"encoding/base64"
	"fmt"

	lua "github.com/yuin/gopher-lua"

	"luavs/luaapi/args"
	"luavs/luaapi/vm"
)

// newBase64 returns the module base64 (RFC 4648).
func newBase64(L *lua.LState) *lua.LTable {
	return L.SetFuncs(L.NewTable(), map[string]lua.LGFunction{
		"encode": func(L *lua.LState) int {
			const what = "base64.encode"
			data, alphabet := argText(L, 1, what), readAlphabet(L, what)
			if alphabet.EncodedLen(len(data)) > vm.MaxString {
				L.RaiseError("%s: the result is longer than %d bytes", what, vm.MaxString)
			}
			L.Push(lua.LString(alphabet.EncodeToString([]byte(data))))
			return 1
		},
		"decode": func(L *lua.LState) int {
			const what = "base64.decode"
			data, err := readAlphabet(L, what).DecodeString(argText(L, 1, what))
			if err != nil {
				return refuse(L, fmt.Errorf("no base64: %w", err))
			}
			L.Push(lua.LString(data))
			return 1
		},
	})
}

// readAlphabet reads argument 2: which of the alphabets, and whether the end is
// filled up with =.
func readAlphabet(L *lua.LState, what string) *base64.Encoding {
	f := args.Optional(L, 2, what)
	alphabet, padded := base64.StdEncoding, f.Bool("padding", true)
	if f.Bool("url", false) {
		alphabet = base64.URLEncoding
	}
	f.Raise()
	if !padded {
		alphabet = alphabet.WithPadding(base64.NoPadding)
	}
	return alphabet.Strict()
}
