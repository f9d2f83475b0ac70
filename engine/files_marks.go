package engine

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/fsnotify/fsnotify"
)

// maxLinks is how many symbolic links a path may lead through, as in the
// kernel (path_resolution(7)).
const maxLinks = 40

// arrange watches the folders that the paths now lead through, and no others.
// It adds the watches that have other marks than before: what they lead to may
// have changed unseen.
func (f *follower) arrange(notify *fsnotify.Watcher, changed map[*watch]bool) {
	f.mu.Lock()
	paths := maps.Clone(f.paths)
	f.mu.Unlock()
	maps.DeleteFunc(f.marks, func(w *watch, _ []string) bool { return paths[w] == nil })
	for again := true; again; { // a link may have changed before its folder was watched
		again = false
		folders := map[string]bool{}
		for w, p := range paths {
			marks := marksOf(p)
			if !slices.Equal(marks, f.marks[w]) {
				f.marks[w], changed[w], again = marks, true, true
			}
			for _, mark := range marks {
				folders[filepath.Dir(mark)] = true
			}
		}
		watchOnly(notify, folders)
	}
}

// watchOnly watches these folders. One that cannot be watched is looked at when
// its checks are due.
func watchOnly(notify *fsnotify.Watcher, folders map[string]bool) {
	for _, folder := range notify.WatchList() {
		if !folders[folder] {
			notify.Remove(folder)
		}
		delete(folders, folder)
	}
	for folder := range folders {
		notify.Add(folder)
	}
}

// marksOf returns the places whose change changes what paths lead to.
func marksOf(paths []string) (marks []string) {
	for _, path := range paths {
		marks = append(marks, trail(path)...)
	}
	slices.Sort(marks)
	return slices.Compact(marks)
}

// trail returns the symbolic links on the way of a path, and its end: the file,
// or the first part that does not exist.
func trail(path string) (marks []string) {
	at, rest := "/", strings.Split(filepath.Clean(path), "/")
	for links := 0; len(rest) > 0 && links < maxLinks; {
		name := rest[0]
		rest = rest[1:]
		here := filepath.Join(at, name) // which takes .. back: at is no link
		if here == at {
			continue
		}
		target, err := os.Readlink(here)
		switch {
		case err == nil:
			links++
			marks = append(marks, here)
			rest = append(strings.Split(target, "/"), rest...)
			if filepath.IsAbs(target) {
				at = "/"
			}
			continue
		case len(rest) == 0 || !exists(here):
			return append(marks, here)
		}
		at = here
	}
	return marks
}

func exists(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}
