package vm

import (
	"regexp"
	"slices"
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
	if strings.Contains(text, noFunction) {
		text = nameCalled(L, fn, text)
	}
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

// noFunction is gopher-lua's message for a call of anything else. It does not say of what.
const noFunction = "attempt to call a non-function object"

// nameCalled adds to the message what is called in its line.
func nameCalled(L *lua.LState, fn lua.LValue, text string) string {
	protos := Of(L).chunks
	if f, ok := fn.(*lua.LFunction); ok && !f.IsG {
		protos = append(slices.Clone(protos), f.Proto)
	}
	file, line, _, _ := splitPlace(text)
	names := slices.DeleteFunc(callsAt(nil, protos, file, line), func(name string) bool { return isFunction(L, name) })
	if len(names) == 0 {
		return text
	}
	return strings.Replace(text, noFunction, "attempt to call '"+strings.Join(names, "' or '")+"', which is no function", 1)
}

// isFunction tells whether a global variable, or a field of one, is a function.
func isFunction(L *lua.LState, name string) bool {
	module, field, ok := strings.Cut(name, ".")
	v := L.G.Global.RawGetString(module)
	if t, isTable := v.(*lua.LTable); ok && isTable {
		v = t.RawGetString(field)
	}
	return v.Type() == lua.LTFunction
}

// callsAt adds what the functions and those in them call in a line.
func callsAt(names []string, protos []*lua.FunctionProto, file string, line int) []string {
	for _, p := range protos {
		for _, call := range p.DbgCalls {
			here := p.SourceName == file && p.DbgSourcePositions[call.Pc] == line
			if here && !strings.ContainsAny(call.Name, "(?") && !slices.Contains(names, call.Name) {
				names = append(names, call.Name)
			}
		}
		names = callsAt(names, p.FunctionPrototypes, file, line)
	}
	return names
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
