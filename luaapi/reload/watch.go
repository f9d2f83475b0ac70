package reload

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
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
	paths  []string
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
	w.notify, w.paths = notify, paths
	err = w.watch()
	go w.run()
	return w, err
}

// watch watches the folders in which a change of the paths can be seen now.
// Those that are watched already stay so.
func (w *watcher) watch() (err error) {
	for _, path := range w.paths {
		for _, folder := range foldersOf(path) {
			if failed := w.notify.Add(folder); failed != nil && err == nil {
				err = fmt.Errorf("watch %s: %w", folder, failed)
			}
		}
	}
	return err
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

// maxLinks is how many symbolic links a path may lead through, as in the
// kernel (path_resolution(7)).
const maxLinks = 40

// foldersOf returns where a change of a path can be seen: the folder it is or
// lies in, and those in which the symbolic links lie by which it leads there.
func foldersOf(path string) []string {
	folders := []string{folderOf(path)}
	whole, err := filepath.Abs(path)
	if err != nil {
		return folders
	}
	for range maxLinks {
		link, target := firstLink(whole)
		if link == "" {
			break
		}
		folders = append(folders, filepath.Dir(link))
		whole = filepath.Join(target, strings.TrimPrefix(whole, link))
	}
	folders = append(folders, folderOf(whole))
	slices.Sort(folders)
	return slices.Compact(folders)
}

// firstLink returns the first symbolic link on a whole path, and where it leads.
func firstLink(path string) (link, target string) {
	for i := 1; i <= len(path); i++ {
		if i < len(path) && path[i] != filepath.Separator {
			continue
		}
		if target, err := os.Readlink(path[:i]); err == nil {
			if !filepath.IsAbs(target) {
				target = filepath.Join(filepath.Dir(path[:i]), target)
			}
			return path[:i], target
		}
	}
	return "", ""
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
			w.watch() // a link may lead elsewhere; what cannot be watched is looked at now and then
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
