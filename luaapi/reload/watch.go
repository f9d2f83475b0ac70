package reload

import (
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/fsnotify/fsnotify"

	"luavs/luaapi/beside"
)

const (
	// pollEvery is how often files are looked at even if nobody reports a
	// change: network file systems and some containers never do.
	pollEvery = 5 * time.Second

	// quiet is how long no change may come before the files are read, so that
	// an editor or a copy has finished.
	quiet = 100 * time.Millisecond
)

// watcher tells when something in the folders of the policies changed. It
// watches folders, not files, because editors and config management put a new
// file or symbolic link in the place of the old one.
type watcher struct {
	notify *fsnotify.Watcher // nil if files cannot be watched
	out    chan struct{}
	end    chan struct{}
	ended  chan struct{}
}

// newWatcher watches the folders that paths are or lie in. On error the watcher
// never tells anything, but may be used.
func newWatcher(paths []string) (*watcher, error) {
	w := &watcher{out: make(chan struct{}, 1), end: make(chan struct{}), ended: make(chan struct{})}
	notify, err := fsnotify.NewWatcher()
	if err != nil {
		close(w.ended)
		return w, fmt.Errorf("watch files: %w", err)
	}
	w.notify = notify
	go w.run()
	for _, path := range paths {
		for _, folder := range foldersOf(path) {
			if err := notify.Add(folder); err != nil {
				return w, fmt.Errorf("watch %s: %w", folder, err)
			}
		}
	}
	return w, nil
}

// follow watches where files lie that were read beside a policy. A folder that
// cannot be watched is looked at now and then, as all are.
func (w *watcher) follow(files []beside.File) {
	for _, file := range files {
		if w.notify != nil {
			w.notify.Add(filepath.Dir(file.Path()))
		}
	}
}

// foldersOf returns where a change of a path can be seen: the folder it is or
// lies in, and where its symbolic link leads.
func foldersOf(path string) []string {
	folders := []string{folderOf(path)}
	if real, err := filepath.EvalSymlinks(path); err == nil {
		if f := folderOf(real); f != folders[0] {
			folders = append(folders, f)
		}
	}
	return folders
}

func folderOf(path string) string {
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		return filepath.Clean(path)
	}
	return filepath.Dir(path)
}

// changed receives once things are quiet after a change.
func (w *watcher) changed() <-chan struct{} { return w.out }

// run waits for changes to end, then tells.
func (w *watcher) run() {
	defer close(w.ended)
	timer := time.NewTimer(0)
	<-timer.C
	for {
		select {
		case <-w.end:
			return
		case _, ok := <-w.notify.Events:
			if !ok {
				return
			}
			timer.Reset(quiet)
		case <-w.notify.Errors:
			// An overflow lost some changes; which, does not matter here.
			timer.Reset(quiet)
		case <-timer.C:
			select {
			case w.out <- struct{}{}:
			default:
			}
		}
	}
}

func (w *watcher) close() {
	close(w.end)
	if w.notify != nil {
		w.notify.Close()
	}
	<-w.ended
}
