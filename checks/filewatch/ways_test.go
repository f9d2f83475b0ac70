package filewatch

import (
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"luavs/checks/filewatch/filetest"

	"github.com/fsnotify/fsnotify"
	"github.com/google/go-cmp/cmp"
)

func TestOnlyTheWayOfAPathIsMarked(t *testing.T) {
	files := filetest.New(t)
	files.Do("mkdir @/a", "mkdir @/a/b", "touch @/a/b/file", "ln b @/a/link", "ln @/a/link/file @/far", "ln loop @/loop", "ln ../a @/a/up")
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
		got := strings.ReplaceAll(strings.Join(ways{}.marksOf([]string{files.Path(tt.path)}), " "), files.Dir, "@")
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
		{"//file", "/*", true}, // so it is named by fsnotify
		{"//file", "/file", true},
		{"//other", "/file", false},
		{"/", "/file", true},
	} {
		if got := hitsOf(fsnotify.Event{Name: tt.event})(tt.mark); got != tt.want {
			t.Errorf("%s of %s: %v", tt.event, tt.mark, got)
		}
	}
}

// Whatever a path is, it leads somewhere or has marks by which to wait for it.
func FuzzMarks(f *testing.F) {
	files := filetest.New(f)
	files.Do("mkdir @/a", "ln a @/link", "ln loop @/loop")
	f.Add("a/../link/./loop//")
	f.Add(strings.Repeat("link/", 50))
	f.Fuzz(func(t *testing.T, text string) {
		for _, mark := range (ways{}).marksOf([]string{files.Dir + "/" + text}) {
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
