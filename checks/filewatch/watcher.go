package filewatch

import (
	"context"
	"errors"
	"io/fs"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"github.com/fsnotify/fsnotify"
)

// lookEvery is how often the ways of paths are looked over: nobody reports that
// a folder above the watched ones was moved, or that another took its place.
const lookEvery = 5 * time.Second

// Quiet is how long no change may come before files are read that people, editors
// and programs write as they like, so that the writer has finished.
const Quiet = 100 * time.Millisecond

// A Watcher tells readers, whatever they are, that their files may have changed.
// Its methods may be called from several goroutines.
type Watcher[R comparable] struct {
	log  *slog.Logger
	kick chan struct{} // the paths have changed

	mu    sync.Mutex
	paths map[R][]string // what each reader depends on

	// Of Run alone.
	marks   map[R][]string         // what is being watched for each
	refused map[string]bool        // the folders that cannot be watched
	watched map[string]fs.FileInfo // the others, as they were when that began
}

// New returns a watcher that says in a log what it cannot watch. It does nothing
// before Run.
func New[R comparable](log *slog.Logger) *Watcher[R] {
	return &Watcher[R]{
		log: log, kick: make(chan struct{}, 1),
		paths: map[R][]string{}, marks: map[R][]string{}, refused: map[string]bool{}, watched: map[string]fs.FileInfo{},
	}
}

// Follow has a reader told when what whole paths lead to comes, goes or changes,
// in place of the paths that it had before. A path that ends in / stands for all
// in that folder. The reader is told once when they are watched, for what has
// changed until then.
func (w *Watcher[R]) Follow(r R, paths []string) {
	w.mu.Lock()
	w.paths[r] = paths
	w.mu.Unlock()
	w.wake()
}

// Forget ends what Follow began.
func (w *Watcher[R]) Forget(r R) {
	w.mu.Lock()
	delete(w.paths, r)
	w.mu.Unlock()
	w.wake()
}

func (w *Watcher[R]) wake() {
	select {
	case w.kick <- struct{}{}:
	default:
	}
}

// Run calls changed for each reader whose files may have changed, until ctx
// ends. It returns at once if the kernel does not let it watch anything.
func (w *Watcher[R]) Run(ctx context.Context, changed func(R)) {
	notify, err := fsnotify.NewWatcher()
	if err != nil {
		w.log.Warn("files are not watched, only looked at now and then; raise fs.inotify.max_user_instances", "err", err)
		return
	}
	defer notify.Close()
	look := time.NewTicker(lookEvery)
	defer look.Stop()
	for {
		var hit func(mark string) bool
		select {
		case <-ctx.Done():
			return
		case <-w.kick:
		case <-look.C:
		case e := <-notify.Events:
			hit = hitsOf(e)
		case <-notify.Errors: // some changes were lost
			hit = func(string) bool { return true }
		}
		concerned := w.touched(hit)
		if hit != nil && len(concerned) == 0 {
			continue // something else in a folder of ours
		}
		w.arrange(notify, concerned)
		for r := range concerned {
			changed(r)
		}
	}
}

// hitsOf returns which marks an event concerns: it happened to them, to their
// folder, or in a folder of which everything is marked. Events name what is
// in / as //name.
func hitsOf(e fsnotify.Event) func(mark string) bool {
	event := filepath.Clean(e.Name)
	return func(mark string) bool {
		folder, name := filepath.Split(mark)
		folder = filepath.Clean(folder)
		return mark == event || folder == event || name == everything && folder == filepath.Dir(event)
	}
}

// touched returns the readers of which a mark was hit.
func (w *Watcher[R]) touched(hit func(mark string) bool) map[R]bool {
	all := map[R]bool{}
	for r, marks := range w.marks {
		if hit != nil && slices.ContainsFunc(marks, hit) {
			all[r] = true
		}
	}
	return all
}

// arrange watches the folders that the paths now lead through, and no others.
// It adds the readers that have other marks than before, or others in their
// place: what they lead to may have changed unseen.
func (w *Watcher[R]) arrange(notify *fsnotify.Watcher, changed map[R]bool) {
	w.mu.Lock()
	paths := maps.Clone(w.paths)
	w.mu.Unlock()
	maps.DeleteFunc(w.marks, func(r R, _ []string) bool { return paths[r] == nil })
	for again := true; again; { // a link may have changed before its folder was watched
		again = false
		folders, seen := map[string]bool{}, ways{}
		for r, p := range paths {
			marks := seen.marksOf(p)
			if !slices.Equal(marks, w.marks[r]) {
				w.marks[r], changed[r], again = marks, true, true
			}
			for _, mark := range marks {
				folders[filepath.Dir(mark)] = true
			}
		}
		if swapped := w.watchOnly(notify, folders); len(swapped) > 0 {
			maps.Copy(changed, w.touched(func(mark string) bool { return swapped[filepath.Dir(mark)] }))
			again = true
		}
	}
}

// watchOnly watches these folders, and says of each once that it cannot be
// watched. It returns those that are not the same folder any more: the kernel goes
// on watching what has been moved away.
func (w *Watcher[R]) watchOnly(notify *fsnotify.Watcher, folders map[string]bool) (swapped map[string]bool) {
	swapped = map[string]bool{}
	watched := map[string]fs.FileInfo{}
	for _, folder := range notify.WatchList() {
		was := w.watched[folder]
		now, err := os.Stat(folder)
		switch {
		case folders[folder] && err == nil && os.SameFile(was, now):
			watched[folder] = was
			delete(folders, folder)
			continue
		case folders[folder]:
			swapped[folder] = true
		}
		notify.Remove(folder)
	}
	w.watched = watched
	maps.DeleteFunc(w.refused, func(folder string, _ bool) bool { return !folders[folder] })
	for folder := range folders {
		w.watch(notify, folder)
	}
	return swapped
}

// watch watches a folder. Should another take its place while it does, the next
// look finds that it is not the one that was seen before.
func (w *Watcher[R]) watch(notify *fsnotify.Watcher, folder string) {
	info, err := os.Stat(folder)
	if err == nil {
		err = notify.Add(folder)
	}
	switch {
	case err == nil:
		w.watched[folder] = info
		delete(w.refused, folder)
	case errors.Is(err, fs.ErrNotExist):
		delete(w.refused, folder) // a folder that is gone is seen at the next look
	case !w.refused[folder]:
		w.refused[folder] = true
		w.log.Warn("a folder cannot be watched, its files are only looked at now and then", "folder", folder, "err", err)
	}
}
