package luaapi

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	lua "github.com/yuin/gopher-lua"

	"luavs/ipvs"
)

// blocks returns the blocks of one language in a page.
func blocks(page, language string) []string {
	var found []string
	for _, m := range regexp.MustCompile("(?ms)^```(\\w+)\n(.*?)^```$").FindAllStringSubmatch(page, -1) {
		if m[1] == language {
			found = append(found, m[2])
		}
	}
	return found
}

// The page's scripts run one after the other, as a reader would try them.
func TestTheScriptsOfTheKernelLevelRun(t *testing.T) {
	page := readFile(t, "../docs/kernel-level.md")
	scripts, tables := blocks(page, "lua"), blocks(page, "text")
	if len(scripts) < 5 || len(tables) != 1 {
		t.Fatalf("the page has %d scripts and %d tables", len(scripts), len(tables))
	}
	kernel := ipvs.NewMemory()
	if err := Exec(t.Context(), "first", []byte(scripts[0]), Options{Kernel: kernel}); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(tables[0], kernel.String()); diff != "" {
		t.Errorf("the first script leaves (-page +got):\n%s", diff)
	}
	if err := Exec(t.Context(), "all", []byte(strings.Join(scripts, "\n")), Options{Kernel: ipvs.NewMemory()}); err != nil {
		t.Errorf("all scripts of the page: %v", err)
	}
}

func TestTheExamplesOfTheModulesLoad(t *testing.T) {
	allow := Permissions{Programs: Programs{Allowed: true}, Folders: []string{"/etc/luavs"}, Env: []string{"SITE"}}
	for i, script := range blocks(readFile(t, "../docs/modules.md"), "lua") {
		t.Run(fmt.Sprint(i+1), func(t *testing.T) {
			p, err := Load(t.Context(), "testdata/docs/modules.lua", []byte(script+"on('start', function() end)"), Options{Allow: allow})
			if err != nil {
				t.Fatal(err)
			}
			if err := p.Close(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
}

// Every function of a module is in the documentation and in the stubs, and the
// stubs have no other.
func TestFunctionsAreDocumentedAndHaveStubs(t *testing.T) {
	docs := readFile(t, "../docs/modules.md") + readFile(t, "../docs/kernel-level.md")
	stubs := moduleStubs(t)
	b := newBench(t)
	real := map[string]bool{}
	for module, table := range modules(b.rt, b.rt.vm.State()) {
		table().ForEach(func(k, v lua.LValue) {
			if _, ok := v.(*lua.LFunction); ok {
				real[module+"."+k.String()] = true
			}
		})
	}
	for name := range real {
		if !strings.Contains(docs, name) {
			t.Errorf("%s is not in docs/", name)
		}
		if !strings.Contains(stubs, "\nfunction "+name+"(") {
			t.Errorf("%s is not in stubs/", name)
		}
	}
	for _, m := range regexp.MustCompile(`(?m)^function (\w+\.\w+)\(`).FindAllStringSubmatch(stubs, -1) {
		if !real[m[1]] {
			t.Errorf("the stubs have %s, which does not exist", m[1])
		}
	}
}

// Every field and method of an object is in the documentation and in the stubs.
func TestFieldsAreDocumentedAndHaveStubs(t *testing.T) {
	docs := readFile(t, "../docs/modules.md") + readFile(t, "../docs/kernel-level.md")
	stubs := moduleStubs(t)
	b := newBench(t)
	L := b.rt.vm.State()
	m := &kernelModule{rt: b.rt}
	services, dests := m.serviceClass(), m.destClass()
	fields := append(services.names(), dests.names()...)
	for _, v := range []any{httpResult{}, execResult{}, tlsCertificate{}, pingResult{}, fileInfo{}, ipvs.Stats{}} {
		meta := view(L, "view", v).(*lua.LUserData).Metatable.(*lua.LTable)
		fields = append(append(fields, keys(meta, "fields")...), keys(meta, "methods")...)
	}
	for _, field := range fields {
		if !regexp.MustCompile("[`.:]" + field + "\\b").MatchString(docs) {
			t.Errorf("%s is not in docs/", field)
		}
		if !regexp.MustCompile(`(?m)^(---@field |function \w+:)` + field + `\b`).MatchString(stubs) {
			t.Errorf("%s is not in stubs/", field)
		}
	}
}

// moduleStubs are the definitions of all modules.
func moduleStubs(t *testing.T) (text string) {
	t.Helper()
	for _, name := range []string{"network", "machine", "text", "ipvs"} {
		text += readFile(t, "stubs/"+name+".d.lua")
	}
	return text
}
