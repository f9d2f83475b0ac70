package filewatch

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"luavs/checks/filewatch/filetest"

	"github.com/fsnotify/fsnotify"

	"luavs/engine/logtest"
)

// running runs a watcher until the test ends, and returns what it tells.
func running(t *testing.T) (*Watcher[string], <-chan string) {
	t.Helper()
	w := New[string](slog.New(slog.NewTextHandler(t.Output(), nil)))
	ctx, stop := context.WithCancel(context.Background())
	told, ended := make(chan string), make(chan struct{})
	go func() {
		defer close(ended)
		w.Run(ctx, func(r string) {
			select {
			case told <- r:
			case <-ctx.Done():
			}
		})
	}()
	t.Cleanup(func() { stop(); <-ended })
	return w, told
}

// until waits until a reader is told, and returns who was told before.
func until(t *testing.T, told <-chan string, want string) (before []string) {
	t.Helper()
	for end := time.After(20 * time.Second); ; {
		select {
		case r := <-told:
			if r == want {
				return before
			}
			before = append(before, r)
		case <-end:
			t.Fatalf("%s is not told", want)
		}
	}
}

// Changes are told in whatever way they are made. What is told of a step has
// come before a file is told that is touched after it.
func TestChangesAreTold(t *testing.T) {
	for _, tt := range []struct {
		name, path, before string // what to do first, between ;
		steps              string // between |, each is told
	}{
		{"it comes and goes", "@/mark", "", "touch @/mark|rm @/mark|touch @/mark"},
		{"it is put in place", "@/mark", "touch @/new", "mv @/new @/mark|mv @/mark @/old"},
		{"a link that comes to lead somewhere", "@/mark", "ln there @/mark", "touch @/there|rm @/there"},
		{"its folder comes later", "@/etc/a/mark", "", "mkdir @/etc|mkdir @/etc/a|touch @/etc/a/mark|rm @/etc"},
		{"a link to a folder is swapped", "@/now/mark", "mkdir @/one; mkdir @/two; touch @/two/mark; ln one @/now; ln two @/next",
			"mv @/next @/now|rm @/two/mark"},
		{"a folder as a whole", "@/all/", "mkdir @/all", "touch @/all/a|touch @/all/b|rm @/all/a"},
		{"a folder behind a link", "@/all/", "mkdir @/one; mkdir @/two; ln one @/all; ln two @/next", "touch @/one/a|mv @/next @/all|touch @/two/a"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			files := filetest.New(t)
			if tt.before != "" {
				files.Do(strings.Split(tt.before, ";")...)
			}
			w, told := running(t)
			w.Follow("reader", []string{files.Path(tt.path)})
			until(t, told, "reader")
			for i, step := range strings.Split(tt.steps, "|") {
				behind := fmt.Sprint("@/behind", i)
				w.Follow(behind, []string{files.Path(behind)})
				until(t, told, behind)
				files.Do(step, "touch "+behind)
				if !slices.Contains(until(t, told, behind), "reader") {
					t.Errorf("%s: not told", step)
				}
			}
		})
	}
}

// Nobody reports that a folder above the watched ones is another one now: it is
// seen at the next look, and from then on the new one is watched.
func TestAFolderAboveThatIsSwappedIsSeen(t *testing.T) {
	files := filetest.New(t)
	files.Do("mkdir @/b", "mkdir @/b/c", "touch @/b/c/file", "mkdir @/new", "mkdir @/new/c", "touch @/new/c/file")
	w, told := running(t)
	w.Follow("reader", []string{files.Path("@/b/c/file")})
	until(t, told, "reader")
	for _, step := range []string{"mv @/b @/old; mv @/new @/b", "mv @/b @/new; mv @/old @/b"} {
		files.Do(strings.Split(step, ";")...)
		w.wake() // looks now
		until(t, told, "reader")
		files.Do("rm @/b/c/file")
		until(t, told, "reader")
	}
}

func TestOthersAndThoseWhoAreForgottenAreNotTold(t *testing.T) {
	files := filetest.New(t)
	w, told := running(t)
	for _, r := range []string{"one", "two", "gone"} {
		w.Follow(r, []string{files.Path("@/" + r)})
		until(t, told, r)
	}
	w.Forget("gone")
	w.Follow("last", []string{files.Path("@/last")}) // once it is told, the other is forgotten
	until(t, told, "last")
	files.Do("touch @/gone", "touch @/other", "touch @/one")
	if before := until(t, told, "one"); len(before) > 0 {
		t.Errorf("told as well: %q", before)
	}
}

func TestAFolderThatCannotBeWatchedIsSaidOnce(t *testing.T) {
	notify, err := fsnotify.NewWatcher()
	if err != nil {
		t.Fatal(err)
	}
	defer notify.Close()
	var log logtest.Text
	w := New[string](slog.New(slog.NewTextHandler(&log, nil)))
	for range 3 {
		w.watchOnly(notify, map[string]bool{"/dev/null/folder": true, "/no/such/folder": true})
	}
	if got := log.Take(); strings.Count(got, "\n") != 1 || !strings.Contains(got, "folder=/dev/null/folder") {
		t.Errorf("logged %s", got)
	}
	w.watchOnly(notify, map[string]bool{})
	w.watchOnly(notify, map[string]bool{"/dev/null/folder": true})
	if got := log.Take(); strings.Count(got, "\n") != 1 {
		t.Errorf("logged %q, want it again after it was not wanted", got)
	}
}
