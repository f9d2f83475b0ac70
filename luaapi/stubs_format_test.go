package luaapi

import (
	"regexp"
	"slices"
	"strings"
	"testing"
)

// annotations are the tags of LuaCATS that the stubs use, and what follows each.
var annotations = map[string]*regexp.Regexp{
	"meta":    regexp.MustCompile(`^$`),
	"class":   regexp.MustCompile(`^[a-z][\w.]*(: [\w., ]+)?$`),
	"alias":   regexp.MustCompile(`^luavs\.\w+ \S.*$`),
	"field":   regexp.MustCompile(`^(\w+|\[\w+\])\?? \S.*$`),
	"param":   regexp.MustCompile(`^(\w+\??|\.\.\.) \S.*$`),
	"return":  regexp.MustCompile(`^\S.*$`),
	"generic": regexp.MustCompile(`^[A-Z](: \w+)?$`),
}

// TestStubsAreWellFormed checks what a language server would otherwise pass
// over in silence: misspelt tags, parameters that the function does not have,
// types that nobody declares.
func TestStubsAreWellFormed(t *testing.T) {
	all, err := Stubs()
	if err != nil {
		t.Fatal(err)
	}
	declared := regexp.MustCompile(`(?m)^---@(?:class|alias) (luavs\.\w+)`).FindAllStringSubmatch(stubText(t)+string(all["keepalived.d.lua"]), -1)
	for file, text := range all {
		if !strings.HasPrefix(string(text), "---@meta\n") {
			t.Errorf("%s does not begin with ---@meta", file)
		}
		var params []string
		for n, line := range strings.Split(string(text), "\n") {
			tag, rest, _ := strings.Cut(strings.TrimPrefix(line, "---@"), " ")
			form := annotations[tag]
			switch {
			case strings.HasPrefix(line, "---@") && (form == nil || !form.MatchString(rest)):
				t.Errorf("%s:%d: %s", file, n+1, line)
			case strings.HasPrefix(line, "---@param "):
				name, _, _ := strings.Cut(rest, " ")
				params = append(params, strings.TrimSuffix(name, "?"))
			case strings.HasPrefix(line, "function "):
				given := regexp.MustCompile(`\((.*)\)`).FindStringSubmatch(line)[1]
				if want := strings.Join(params, ", "); given != want {
					t.Errorf("%s:%d: %s: parameters (%s) are described", file, n+1, line, want)
				}
				params = nil
			}
			for _, name := range regexp.MustCompile(`luavs\.[A-Za-z]\w*`).FindAllString(line, -1) {
				if !slices.ContainsFunc(declared, func(d []string) bool { return d[1] == name }) && strings.HasPrefix(line, "---@") {
					t.Errorf("%s:%d: nobody declares %s", file, n+1, name)
				}
			}
		}
	}
}
