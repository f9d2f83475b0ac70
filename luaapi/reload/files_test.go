package reload

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
)

func TestFindExpandsFolders(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"b.lua", "a.lua", ".c.lua", "d.lua~", "e.txt", "sub.lua/f.lua"} {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte("x = 1"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	at := func(names ...string) []string {
		for i, n := range names {
			names[i] = filepath.Join(dir, n)
		}
		return names
	}
	for _, tt := range []struct {
		name        string
		paths, want []string
	}{
		{"a folder is its *.lua files, sorted", at("."), at("a.lua", "b.lua")},
		{"a file is itself, whatever its name", at("e.txt"), at("e.txt")},
		{"what is named twice counts once", at("a.lua", "./a.lua", "."), at("a.lua", "b.lua")},
	} {
		got, failed := find(tt.paths)
		if len(failed) > 0 || !slices.Equal(got, tt.want) {
			t.Errorf("%s: got %v, %v; want %v", tt.name, got, failed, tt.want)
		}
	}
}

func TestReadRefusesWhatIsNoPolicyFile(t *testing.T) {
	dir := t.TempDir()
	big := filepath.Join(dir, "big.lua")
	if err := os.WriteFile(big, []byte(strings.Repeat("-", maxFile+1)), 0o644); err != nil {
		t.Fatal(err)
	}
	pipe := filepath.Join(dir, "pipe.lua")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{
		pipe:                            "is not a plain file",
		dir:                             "is not a plain file",
		big:                             "is over 1048576 bytes",
		filepath.Join(dir, "none.lua"):  "no such file",
		filepath.Join(os.DevNull, "no"): "not a directory",
		os.DevNull:                      "is not a plain file",
	} {
		if _, err := read(path); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %q", path, err, want)
		}
	}
}
