package beside

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
)

// folder makes a folder with files and returns that of policies/web.lua in it.
func folder(t *testing.T, files map[string]string) (*Folder, string) {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	dir = filepath.Join(dir, "policies")
	return Of(filepath.Join(dir, "web.lua")), dir
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestReadGivesWhatIsBeside(t *testing.T) {
	f, dir := folder(t, map[string]string{"policies/servers.json": "[1]", "policies/lists/web.csv": "a,b"})
	must(t, os.Symlink("servers.json", filepath.Join(dir, "link.json")))
	must(t, os.Symlink("../servers.json", filepath.Join(dir, "lists", "up.json")))
	for name, want := range map[string]string{"servers.json": "[1]", "lists/web.csv": "a,b", "./servers.json": "", "link.json": "[1]", "lists/up.json": "[1]"} {
		if got, err := f.Read(name); string(got) != want || (want == "") != (err != nil) {
			t.Errorf("%s: got %q, %v", name, got, err)
		}
	}
	for _, file := range f.Files() {
		if file.Changed() {
			t.Errorf("%s counts as changed", file.Path())
		}
	}
}

func TestReadRefusesWhatIsNotBeside(t *testing.T) {
	f, dir := folder(t, map[string]string{"secret": "x", "policies/.hidden": "x", "policies/d/x": "", "policies/big": strings.Repeat("x", MaxSize+1)})
	must(t, os.Symlink("../secret", filepath.Join(dir, "out")))
	must(t, os.Symlink("/etc/passwd", filepath.Join(dir, "far")))
	must(t, syscall.Mkfifo(filepath.Join(dir, "pipe"), 0o600))
	for name, want := range map[string]string{
		"../secret": "want the name of a file", "/etc/passwd": "want the name of a file", "": "want the name of a file",
		"d/../../secret": "want the name of a file", ".hidden": "want the name of a file",
		"out": "escapes", "far": "escapes", "d": "not a plain file", "pipe": "not a plain file",
		"big": "over 4194304 bytes", "none": "there is no file " + dir + "/none",
	} {
		if got, err := f.Read(name); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got %.20q, %v; want %q", name, got, err, want)
		}
	}
	for _, file := range f.Files() {
		if !file.Missing() || file.Changed() {
			t.Errorf("%s counts as read", file.Path())
		}
	}
}

func TestAFileThatComesHasChanged(t *testing.T) {
	f, dir := folder(t, map[string]string{"policies/a": "1"})
	if _, err := f.Read("b"); err == nil {
		t.Fatal("read what is not there")
	}
	if _, err := f.Read("a"); err != nil {
		t.Fatal(err)
	}
	missing := f.Files()[0]
	must(t, os.WriteFile(filepath.Join(dir, "b"), nil, 0o644))
	if len(f.Files()) != 2 || !missing.Changed() {
		t.Errorf("asked for %v; that the first has come does not count", f.Files())
	}
	for i := range 2 * maxMissing {
		f.Read(strconv.Itoa(i))
	}
	if n := len(f.Files()); n > maxMissing {
		t.Errorf("%d files are remembered", n)
	}
}

func TestChangedTellsWhatIsNotAsItWas(t *testing.T) {
	f, dir := folder(t, map[string]string{"policies/a": "1", "policies/d/b": "1"})
	for range 2 {
		for _, name := range []string{"a", "d/b"} {
			if _, err := f.Read(name); err != nil {
				t.Fatal(err)
			}
		}
	}
	files := f.Files()
	if len(files) != 2 || files[0].Changed() || files[1].Changed() {
		t.Errorf("read %v, one of which counts as changed", files)
	}
	must(t, os.WriteFile(filepath.Join(dir, "a"), []byte("2"), 0o644))
	must(t, os.Remove(filepath.Join(dir, "d/b")))
	if !files[0].Changed() || !files[1].Changed() {
		t.Error("a change does not count")
	}
}
