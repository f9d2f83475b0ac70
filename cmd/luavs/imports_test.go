package main

import (
	"os/exec"
	"strings"
	"testing"
)

// layers lists our packages from the top down: each may import only what
// stands on a later line.
var layers = [][]string{
	{"luavs/cmd/luavs"},
	{"luavs/luaapi/reload"},
	{"luavs/luaapi"},
	{"luavs/luaapi/args", "luavs/luaapi/beside", "luavs/luaapi/layout", "luavs/luaapi/syntax", "luavs/luaapi/trust", "luavs/luaapi/vm"},
	{"luavs/engine/admin", "luavs/engine/source", "luavs/engine/state"},
	{"luavs/engine"},
	{"luavs/checks", "luavs/ipvs", "luavs/engine/metrics"},
	{"luavs/checks/dns", "luavs/checks/filewatch"},
}

// fences returns which of our packages may import a module of others.
func fences() map[string][]string {
	return map[string][]string{
		"github.com/yuin/gopher-lua":    {"luavs/luaapi"},
		"layeh.com/gopher-luar":         {"luavs/luaapi"},
		"github.com/mdlayher/netlink":   {"luavs/ipvs"},
		"github.com/mdlayher/genetlink": {"luavs/ipvs"},
		"github.com/fsnotify/fsnotify":  {"luavs/checks/filewatch"},
		"github.com/go-resty/resty":     {"luavs/checks", "luavs/engine/source", "luavs/luaapi"},
		"go.yaml.in/yaml":               {"luavs/engine/source"},
		"github.com/robfig/cron":        {"luavs/luaapi"},
		"go.etcd.io/bbolt":              {"luavs/engine/state"},
	}
}

// testOnly are packages that support tests and may import what they test.
var testOnly = []string{"luavs/ipvs/ipvstest", "luavs/examples", "luavs/engine/logtest", "luavs/checks/servertest", "luavs/checks/filewatch/filetest"}

func TestImportsPointDown(t *testing.T) {
	level := make(map[string]int)
	for i, names := range layers {
		for _, name := range names {
			level[name] = i
		}
	}
	for pkg, imports := range packages(t) {
		from, known := level[pkg]
		if !known {
			if !hasPrefix(pkg, testOnly) {
				t.Errorf("%s is in no layer; give it a line in layers", pkg)
			}
			continue
		}
		for _, imp := range imports {
			if to, ours := level[imp]; ours && to <= from {
				t.Errorf("%s must not import %s: imports point down", pkg, imp)
			}
			if hasPrefix(imp, testOnly) {
				t.Errorf("%s must not import %s: it is for tests", pkg, imp)
			}
		}
	}
}

// Whoever looks for something chooses among a few folders first.
func TestFoldersAtTheTop(t *testing.T) {
	for pkg := range packages(t) {
		if !hasPrefix(pkg, []string{"luavs/cmd", "luavs/luaapi", "luavs/engine", "luavs/checks", "luavs/ipvs", "luavs/examples"}) {
			t.Errorf("%s: its folder belongs below one of the others", pkg)
		}
	}
}

func TestOthersModulesStayBehindTheirFences(t *testing.T) {
	for pkg, imports := range packages(t) {
		for _, imp := range imports {
			for module, allowed := range fences() {
				if hasPrefix(imp, []string{module}) && !hasPrefix(pkg, allowed) {
					t.Errorf("%s must not import %s: only %v may", pkg, imp, allowed)
				}
			}
		}
	}
}

func hasPrefix(path string, prefixes []string) bool {
	for _, p := range prefixes {
		if path == p || strings.HasPrefix(path, p+"/") {
			return true
		}
	}
	return false
}

// packages returns what each of our packages imports outside its tests.
func packages(t *testing.T) map[string][]string {
	t.Helper()
	out, err := exec.Command("go", "list", "-f", `{{.ImportPath}} {{join .Imports " "}}`, "luavs/...").Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	found := map[string][]string{}
	for line := range strings.Lines(string(out)) {
		words := strings.Fields(line)
		found[words[0]] = words[1:]
	}
	if len(found) < len(layered()) {
		t.Fatalf("go list found %d packages only", len(found))
	}
	return found
}

// layered returns every package that stands in a layer.
func layered() (all []string) {
	for _, names := range layers {
		all = append(all, names...)
	}
	return all
}
