package filewatch

import (
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// tree changes files below a folder with shell-like words, in which @ stands
// for the folder.
type tree struct {
	t   testing.TB
	dir string
}

func (f tree) path(text string) string { return strings.ReplaceAll(text, "@", f.dir) }

func (f tree) do(lines ...string) {
	f.t.Helper()
	for _, line := range lines {
		words := strings.Fields(f.path(line))
		var err error
		switch words[0] {
		case "touch":
			err = os.WriteFile(words[1], nil, 0o600)
		case "rm":
			err = os.RemoveAll(words[1])
		case "mkdir":
			err = os.Mkdir(words[1], 0o700)
		case "ln":
			err = os.Symlink(words[1], words[2])
		case "mv":
			err = os.Rename(words[1], words[2])
		default:
			err = errors.New("no such word")
		}
		if err != nil {
			f.t.Fatalf("%s: %v", line, err)
		}
	}
}

func TestOnlyTheWayOfAPathIsMarked(t *testing.T) {
	files := tree{t, t.TempDir()}
	files.do("mkdir @/a", "mkdir @/a/b", "touch @/a/b/file", "ln b @/a/link", "ln @/a/link/file @/far", "ln loop @/loop", "ln ../a @/a/up")
	tests := []struct{ path, want string }{
		{"@/a/b/file", "@/a/b/file"},
		{"@/a/b/none", "@/a/b/none"},
		{"@/no/such/file", "@/no"},
		{"@/a/link/file", "@/a/b/file @/a/link"},
		{"@/far", "@/a/b/file @/a/link @/far"},
		{"@/a/up/b/file", "@/a/b/file @/a/up"},
		{"@/loop", "@/loop"},
		{"@/a", "@/a"},
		{"@/a/", "@/a @/a/*"},
		{"@/a/link/", "@/a/b @/a/b/* @/a/link"},
		{"@/no/", "@/no"},
	}
	for _, tt := range tests {
		got := strings.ReplaceAll(strings.Join(ways{}.marksOf([]string{files.path(tt.path)}), " "), files.dir, "@")
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.path, diff)
		}
	}
	if got := (ways{}).marksOf([]string{"/"}); len(got) != 1 || got[0] != "/*" {
		t.Errorf("/: got %v", got)
	}
}

func TestWhatEventsConcern(t *testing.T) {
	for _, tt := range []struct {
		event, mark string
		want        bool
	}{
		{"/a/file", "/a/file", true},
		{"/a/other", "/a/file", false},
		{"/a", "/a/file", true},
		{"/a/file", "/a/*", true},
		{"/a", "/a/*", true},
		{"/b/file", "/a/*", false},
		{"/a/b/file", "/a/*", false},
		{"/file", "/*", true},
		{"/", "/file", true},
	} {
		if got := hits(tt.event, tt.mark); got != tt.want {
			t.Errorf("%s of %s: %v", tt.event, tt.mark, got)
		}
	}
}

// Whatever a path is, it leads somewhere or has marks by which to wait for it.
func FuzzMarks(f *testing.F) {
	files := tree{f, f.TempDir()}
	files.do("mkdir @/a", "ln a @/link", "ln loop @/loop")
	f.Add("a/../link/./loop//")
	f.Add(strings.Repeat("link/", 50))
	f.Fuzz(func(t *testing.T, text string) {
		for _, mark := range (ways{}).marksOf([]string{files.dir + "/" + text}) {
			if !filepath.IsAbs(mark) || filepath.Clean(mark) != mark {
				t.Errorf("%q gives the mark %q", text, mark)
			}
		}
	})
}

// BenchmarkAThousandReaders is what one look over the ways of all paths costs.
func BenchmarkAThousandReaders(b *testing.B) {
	dir := b.TempDir()
	paths := map[int][]string{}
	for i := range 1000 {
		for _, name := range []string{"192.168.0.1", "192.168.0.1:80", "web"} {
			paths[i] = append(paths[i], filepath.Join(dir, name+strconv.Itoa(i)))
		}
	}
	for b.Loop() {
		seen := ways{}
		for _, p := range paths {
			seen.marksOf(p)
		}
	}
}
