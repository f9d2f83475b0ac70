package luaapi

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"luavs/luaapi/beside"
)

// besidePolicy writes files beside a policy and returns the policy's path.
func besidePolicy(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return filepath.Join(dir, "policy.lua")
}

func TestDataLoad(t *testing.T) {
	path := besidePolicy(t, map[string]string{
		"servers.json": `[{"addr": "192.168.0.1:80", "weight": 3, "tags": {"rack": null}}]`,
		"servers.csv":  "\ufeffaddr, weight,site\n# the old ones\n192.168.0.1:80, 3, 007\n\"192.168.0.2:80\",, \"a, b\"\n",
		"servers.txt":  "# all of them\n192.168.0.1:80\r\n\n  192.168.0.2:80\n",
	})
	load(t, path, `
local list = data.load "servers.json"
assert(#list == 1 and list[1].weight == 3 and list[1].tags.rack == json.null)
local rows = data.load("servers.csv")
assert(#rows == 2 and rows[1].addr == "192.168.0.1:80" and rows[1].weight == 3 and rows[1].site == "007")
assert(rows[2].weight == nil and rows[2].site == "a, b")
local lines = data.load "servers.txt"
assert(#lines == 2 and lines[1] == "192.168.0.1:80" and lines[2] == "192.168.0.2:80")
on("start", function() end)`, Options{})
}

func TestDataLoadSaysWhatIsWrong(t *testing.T) {
	path := besidePolicy(t, map[string]string{
		"bad.json": "[\n  1,,\n]", "rows.csv": "a,b\n1,2\n3\n", "names.csv": "a,a\n", "empty.csv": "# nothing\n", "x.yaml": "a: 1",
	})
	for name, want := range map[string]string{
		"bad.json":       "data.load: bad.json: ",
		"rows.csv":       "record on line 3: wrong number of fields",
		"names.csv":      `line 1: field 2 has the name "a": want a name of its own for each`,
		"empty.csv":      "it is empty: want the names of the fields",
		"x.yaml":         "want a name that ends with .json, .csv or .txt",
		"none.json":      "there is no file " + filepath.Dir(path) + "/none.json",
		"../other.json":  "want the name of a file beside the policy",
		"/etc/hosts.txt": "want the name of a file beside the policy",
	} {
		_, err := Load(t.Context(), path, []byte("local x = 1\ndata.load('"+name+"')"), Options{Log: quiet})
		if err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), "policy.lua:2: data.load: ") {
			t.Errorf("%s: got %v, want %q", name, err, want)
		}
	}
}

func TestDataLoadIsForThePolicyThatLoads(t *testing.T) {
	path := besidePolicy(t, map[string]string{"a.txt": "1"})
	p := load(t, path, `local a = data.load "a.txt" every("1s", function() data.load "a.txt" end)`, Options{})
	if files := p.Files(); len(files) != 1 || files[0].Path() != filepath.Join(filepath.Dir(path), "a.txt") || files[0].Changed() {
		t.Errorf("read %v", files)
	}
	p.Config().Jobs[0].Run(t.Context())
	if err := Exec(t.Context(), path, []byte(`assert(data.load("a.txt")[1] == "1")`), Options{}); err != nil {
		t.Error(err)
	}
}

// TestALongListTakesNoTime: as a literal, this list is refused.
func TestALongListTakesNoTime(t *testing.T) {
	var b strings.Builder
	b.WriteString("[")
	for i := range 30_000 {
		if i > 0 {
			b.WriteString(",")
		}
		b.WriteString(`{"addr":"10.1.` + strings.Repeat("2", 1+i%2) + `.3:80","weight":` + strings.Repeat("1", 1+i%5) + `}`)
	}
	b.WriteString("]")
	path := besidePolicy(t, map[string]string{"long.json": b.String()})
	if len(b.String()) > beside.MaxSize {
		t.Fatal(b.Len())
	}
	load(t, path, `assert(#data.load "long.json" == 30000) on("start", function() end)`, Options{})
}
