package trust

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// tree makes folders (names that end in a slash), files and symbolic links
// (name -> target) in a new folder, in the order of the words, and modes
// (name=mode) at last.
func tree(t *testing.T, words ...string) string {
	t.Helper()
	dir := t.TempDir()
	for _, word := range words {
		var err error
		name, target, isLink := strings.Cut(word, "->")
		path := filepath.Join(dir, name)
		switch {
		case isLink:
			err = os.Symlink(strings.ReplaceAll(target, "DIR", dir), path)
		case strings.HasSuffix(name, "/"):
			err = os.Mkdir(path, 0o755)
		default:
			err = os.WriteFile(path, nil, 0o644)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestWhoCanWriteAPolicy(t *testing.T) {
	mine := uint32(os.Geteuid())
	for _, tt := range []struct {
		name  string
		words []string
		modes map[string]fs.FileMode
		path  string
		want  string // a part of the error; empty for none
	}{
		{"a file of ours", []string{"a/", "a/p.lua"}, nil, "a/p.lua", ""},
		{"a file that others can write", []string{"p.lua"}, map[string]fs.FileMode{"p.lua": 0o666}, "p.lua", "/p.lua can be written by others (-rw-rw-rw-), who could change what a daemon of root does: chmod go-w /"},
		{"a folder that others can write", []string{"a/", "a/p.lua"}, map[string]fs.FileMode{"a": 0o777}, "a/p.lua", "/a can be written by others (drwxrwxrwx)"},
		{"a folder far above", []string{"a/", "a/b/", "a/b/p.lua"}, map[string]fs.FileMode{"a": 0o777}, "a/b/p.lua", "/a can be written by others"},
		{"a folder where nobody can replace another's file", []string{"a/", "a/p.lua"}, map[string]fs.FileMode{"a": 0o777 | fs.ModeSticky}, "a/p.lua", ""},
		{"a sticky bit does not help a file", []string{"p.lua"}, map[string]fs.FileMode{"p.lua": 0o666 | fs.ModeSticky}, "p.lua", "can be written by others"},
		{"a link to a good file", []string{"a/", "a/p.lua", "p.lua->a/p.lua"}, nil, "p.lua", ""},
		{"a link in a folder that others can write", []string{"a/", "p.lua", "a/l.lua->../p.lua"}, map[string]fs.FileMode{"a": 0o777}, "a/l.lua", "/a can be written by others"},
		{"a link to a file that others can write", []string{"a/", "a/p.lua", "l.lua->DIR/a/p.lua"}, map[string]fs.FileMode{"a/p.lua": 0o622}, "l.lua", "p.lua can be written by others"},
		{"a link on the way to a link in a loose folder", []string{"a/", "p.lua", "a/l.lua->../p.lua", "m.lua->a/l.lua"}, map[string]fs.FileMode{"a": 0o777}, "m.lua", "/a can be written by others"},
		{"a folder that is a link", []string{"a/", "a/p.lua", "b->a"}, map[string]fs.FileMode{"a": 0o777}, "b/p.lua", "/a can be written by others"},
		{"links in a circle", []string{"a->b", "b->a"}, nil, "a", "more than 40 symbolic links"},
		{"a file that is not there", nil, nil, "p.lua", "no such file"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			dir := tree(t, tt.words...)
			for name, mode := range tt.modes {
				if err := os.Chmod(filepath.Join(dir, name), mode); err != nil {
					t.Fatal(err)
				}
			}
			err := walk(filepath.Join(dir, tt.path), mine, maxLinks)
			if tt.want == "" && err != nil || tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)) {
				t.Errorf("got %v, want %q", err, tt.want)
			}
		})
	}
}

// file is what the system says of a file.
func file(t *testing.T, path string) fs.FileInfo {
	t.Helper()
	info, err := os.Lstat(path)
	if err != nil {
		t.Fatal(err)
	}
	return info
}

func TestAFileOfAnotherUserIsNotTrusted(t *testing.T) {
	path := filepath.Join(tree(t, "p.lua"), "p.lua")
	other := 12345
	if os.Geteuid() == 0 {
		if err := os.Chown(path, other, -1); err != nil {
			t.Fatal(err)
		}
	} else {
		other = os.Geteuid() // whose file it is, and not root's
	}
	if err := loose(path, file(t, path), 0); err == nil || !strings.Contains(err.Error(), "chown root "+path) {
		t.Errorf("got %v", err)
	}
	if err := loose(path, file(t, path), uint32(other)); err != nil {
		t.Errorf("its owner does not trust it: %v", err)
	}
}

func TestTheGroupOfRootIsNobodyElse(t *testing.T) {
	path := filepath.Join(tree(t, "p.lua"), "p.lua")
	if err := os.Chmod(path, 0o664); err != nil {
		t.Fatal(err)
	}
	err := loose(path, file(t, path), uint32(os.Geteuid()))
	if os.Getegid() == 0 && err != nil || os.Getegid() != 0 && err == nil {
		t.Errorf("group %d: %v", os.Getegid(), err)
	}
}

func TestWhatIsMountedReadOnly(t *testing.T) {
	if readOnly(t.TempDir()) {
		t.Error("a folder for tests is read only")
	}
	if readOnly("/nosuch") {
		t.Error("what is not there is read only")
	}
}
