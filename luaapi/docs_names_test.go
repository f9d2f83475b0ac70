package luaapi

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	lua "github.com/yuin/gopher-lua"

	"luavs/luaapi/vm"
)

// knownNames is everything that a policy can name: "on", "http.get", "string.rep".
func knownNames(t *testing.T) map[string]bool {
	t.Helper()
	names := map[string]bool{"json.null": true}
	for _, name := range Library() {
		names[name] = true
	}
	for _, name := range registered(t) {
		names[name] = true
		module, _, _ := strings.Cut(name, ".")
		names[module] = true
	}
	vm.New(vm.Options{}).State().G.Global.ForEach(func(k, v lua.LValue) {
		names[k.String()] = true
		if module, ok := v.(*lua.LTable); ok {
			module.ForEach(func(f, _ lua.LValue) { names[k.String()+"."+f.String()] = true })
		}
	})
	return names
}

// TestTheReferenceNamesNothingElse is the other way round of
// TestTheReferenceNamesEverything: a function that the pages name in passing
// exists, and so does a field of an object.
func TestTheReferenceNamesNothingElse(t *testing.T) {
	names, o := knownNames(t), newObjects()
	objects := map[string][]string{
		"vs": classNames(o.services), "ev": classNames(o.events),
		"rs": classNames(o.servers), "job": classNames(o.jobs),
	}
	denied := []string{"os.execute", "string.pack"} // named to say that they are not there
	inText := regexp.MustCompile("`([a-z_]+)([.:])([a-z_]+)(?:\\(|\\{| |`)")
	for _, page := range []string{"lua.md", "modules.md", "checks.md", "kernel-level.md", "policies.md"} {
		text := regexp.MustCompile("(?s)\n## Where it differs.*?\n## ").ReplaceAllString(readFile(t, "../docs/"+page), "\n## ")
		found := 0
		for _, m := range inText.FindAllStringSubmatch(text, -1) {
			fields, isObject := objects[m[1]]
			switch {
			case isObject && !slices.Contains(fields, m[3]):
				t.Errorf("docs/%s: %s%s%s: there is no such field or method", page, m[1], m[2], m[3])
			case !isObject && m[2] == "." && names[m[1]] && !names[m[1]+"."+m[3]] && !slices.Contains(denied, m[1]+"."+m[3]):
				t.Errorf("docs/%s: %s.%s: there is no such function", page, m[1], m[3])
			default:
				found++
			}
		}
		if found == 0 {
			t.Errorf("docs/%s names nothing", page)
		}
	}
}
