package luaapi

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"luavs/ipvs"
)

// TestTheReferenceRuns loads each example of the reference; those marked exec
// are run.
func TestTheReferenceRuns(t *testing.T) {
	reference := readFile(t, "../docs/lua.md") + readFile(t, "../docs/checks.md") + readFile(t, "../docs/sources.md") + readFile(t, "../docs/policies.md") + readFile(t, "../docs/keepalived.md")
	blocks := regexp.MustCompile("(?sm)^```lua( exec)?\n(.*?)^```").FindAllStringSubmatch(reference, -1)
	if len(blocks) < 10 {
		t.Fatalf("%d examples, want at least 10", len(blocks))
	}
	for i, block := range blocks {
		t.Run(fmt.Sprint(i+1), func(t *testing.T) {
			if block[1] == "" {
				load(t, "testdata/docs/example.lua", block[2], Options{})
				return
			}
			o := Options{Kernel: ipvs.NewMemory(), Log: quiet}
			if err := Exec(t.Context(), "example.lua", []byte(block[2]), o); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestTheReferenceNamesEverything(t *testing.T) {
	reference := readFile(t, "../docs/lua.md")
	for _, name := range registered(t) {
		module, _, _ := strings.Cut(name, ".")
		if !strings.Contains(reference, "`"+module+"`") && !strings.Contains(reference, name) {
			t.Errorf("%s is not in docs/lua.md", name)
		}
	}
	fields := map[string][]string{
		"virtual servers": classNames(newObjects().services),
		"real servers":    classNames(newObjects().servers),
		"events":          classNames(newObjects().events),
		"checks":          viewNames(checkState{}),
	}
	for kind, names := range fields {
		for _, name := range names {
			if !regexp.MustCompile("`[a-z]*[.:]?" + name + "\\b").MatchString(reference) {
				t.Errorf("%s: %s is not in docs/lua.md", kind, name)
			}
		}
	}
}
