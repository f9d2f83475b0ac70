package vm

import (
	"regexp"
	"strings"
	"sync"

	lua "github.com/yuin/gopher-lua"
)

// reworded is an error value of a call of fn as people should see it:
// gopher-lua puts a blank before a message without a place, and calls the first
// function of a thread "main chunk", or "(anonymous)".
func reworded(L *lua.LState, fn, v lua.LValue) lua.LValue {
	s, ok := v.(lua.LString)
	if !ok {
		return v
	}
	text := strings.TrimPrefix(string(s), " ")
	if strings.Contains(text, "bad argument #") {
		text = badArgument().ReplaceAllStringFunc(text, func(m string) string {
			parts := badArgument().FindStringSubmatch(m)
			name := parts[2]
			if strings.ContainsAny(name, " (") {
				name = nameOf(L, fn)
			}
			return "bad argument #" + parts[1] + " to '" + name + "' ("
		})
	}
	return lua.LString(text)
}

var badArgument = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`bad argument #(\d+) to (main chunk|corountine|\(anonymous\)|[^\s'(]+) \(`)
})

// nameOf finds by which name a policy knows a function: "print", "string.rep".
func nameOf(L *lua.LState, fn lua.LValue) string {
	name := "?"
	L.G.Global.ForEach(func(k, v lua.LValue) {
		if v == fn {
			name = k.String()
		}
		if module, ok := v.(*lua.LTable); ok && module != L.G.Global {
			module.ForEach(func(key, v lua.LValue) {
				if v == fn {
					name = k.String() + "." + key.String()
				}
			})
		}
	})
	return name
}
