package engine

import (
	"errors"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"syscall"

	"github.com/fsnotify/fsnotify"
)

// maxLinks is how many symbolic links a path may lead through, as in the
// kernel (path_resolution(7)).
const maxLinks = 40

// arrange watches the folders that the paths now lead through, and no others.
// It adds the readers that have other marks than before: what they lead to may
// have changed unseen.
func (f *follower) arrange(notify *fsnotify.Watcher, changed map[reader]bool) {
	f.mu.Lock()
	paths := maps.Clone(f.paths)
	f.mu.Unlock()
	maps.DeleteFunc(f.marks, func(r reader, _ []string) bool { return paths[r] == nil })
	for again := true; again; { // a link may have changed before its folder was watched
		again = false
		folders, seen := map[string]bool{}, ways{}
		for r, p := range paths {
			marks := seen.marksOf(p)
			if !slices.Equal(marks, f.marks[r]) {
				f.marks[r], changed[r], again = marks, true, true
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

// A way is where a path leads.
type way struct {
	marks []string // the symbolic links on it, and the first part that does not exist
	end   string   // without links; empty if it leads nowhere
}

// ways are those that were looked at already; most paths have a folder in
// common.
type ways map[string]way

// marksOf returns the places whose change changes what paths lead to.
func (ws ways) marksOf(paths []string) (marks []string) {
	for _, path := range paths {
		w := ws.of(filepath.Clean(path), 0)
		marks = append(marks, w.marks...)
		if w.end != "" && w.end != "/" {
			marks = append(marks, w.end)
		}
	}
	slices.Sort(marks)
	return slices.Compact(marks)
}

// of returns the way of a clean, whole path that so many links have led to.
func (ws ways) of(path string, links int) way {
	w, known := ws[path]
	if !known {
		w = ws.look(path, links)
		ws[path] = w
	}
	return w
}

func (ws ways) look(path string, links int) way {
	if path == "/" {
		return way{end: "/"}
	}
	before := ws.of(filepath.Dir(path), links)
	if before.end == "" {
		return before
	}
	here := filepath.Join(before.end, filepath.Base(path))
	target, err := os.Readlink(here)
	switch {
	case err == nil && links < maxLinks:
		if !filepath.IsAbs(target) {
			target = filepath.Join(before.end, target)
		}
		after := ws.of(filepath.Clean(target), links+1)
		return way{slices.Concat(before.marks, []string{here}, after.marks), after.end}
	case err == nil, missing(err):
		return way{slices.Concat(before.marks, []string{here}), ""}
	}
	return way{before.marks, here} // is no link
}

func missing(err error) bool {
	return errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR)
}
