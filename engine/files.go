package engine

import (
	"context"
	"log/slog"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"github.com/fsnotify/fsnotify"

	"luavs/checks"
)

// fileGap is the least time between two runs of a check whose files change all
// the time.
const fileGap = 100 * time.Millisecond

// wayEvery is how often the ways of paths are looked over: nobody reports that
// a folder above the watched ones was moved.
const wayEvery = 5 * time.Second

// filed is a check whose answer lies in files: it is asked when they change,
// and not only when it is due.
type filed interface {
	Files(t checks.Target) []string
}

// follow has a watch asked when its files change, if its answer lies in files.
func (l *loop) follow(w *watch) {
	probe, ok := w.check.Probe.(filed)
	if !ok {
		return
	}
	if l.files == nil {
		l.files = &follower{marks: map[*watch][]string{}, paths: map[*watch][]string{}, kick: make(chan struct{}, 1)}
		files := l.files
		l.tasks.Go(func() { files.run(l.life, l.log, func(w *watch) { l.send(func() { l.hurry(w) }) }) })
	}
	l.files.add(w, probe.Files(w.target()))
}

// unfollow ends what follow began.
func (l *loop) unfollow(w *watch) {
	if l.files != nil {
		l.files.remove(w)
	}
}

// hurry makes a watch due now, or once more when the run that is under way has
// ended.
func (l *loop) hurry(w *watch) {
	switch {
	case w.gone:
	case w.due.place == 0:
		w.again = true
	default:
		now := time.Now()
		l.queue.put(&w.due, later(w.started.Add(fileGap), now))
	}
}

// askAgain makes a watch that has just answered due once more if its files
// changed meanwhile.
func (l *loop) askAgain(w *watch, now time.Time) {
	if w.again {
		w.again = false
		l.queue.put(&w.due, later(w.started.Add(fileGap), now))
	}
}

// follower tells watches that their files have changed. It watches folders, not
// files, because files come, go and are put in the place of others. Where
// nobody reports changes (network file systems), the schedule of a check still
// holds.
type follower struct {
	kick chan struct{} // the paths have changed

	mu    sync.Mutex
	paths map[*watch][]string // what each watch depends on

	marks map[*watch][]string // of run alone: what is being watched for each
}

func (f *follower) add(w *watch, paths []string) {
	f.mu.Lock()
	f.paths[w] = paths
	f.mu.Unlock()
	f.wake()
}

func (f *follower) remove(w *watch) {
	f.mu.Lock()
	delete(f.paths, w)
	f.mu.Unlock()
	f.wake()
}

func (f *follower) wake() {
	select {
	case f.kick <- struct{}{}:
	default:
	}
}

// run calls changed for each watch whose files may have changed, until ctx
// ends.
func (f *follower) run(ctx context.Context, log *slog.Logger, changed func(*watch)) {
	notify, err := fsnotify.NewWatcher()
	if err != nil {
		log.Warn("files are not watched, only looked at when their checks are due; raise fs.inotify.max_user_instances", "err", err)
		return
	}
	defer notify.Close()
	look := time.NewTicker(wayEvery)
	defer look.Stop()
	for {
		var hit func(mark string) bool
		select {
		case <-ctx.Done():
			return
		case <-f.kick:
		case <-look.C:
		case e := <-notify.Events:
			hit = func(mark string) bool { return mark == e.Name || filepath.Dir(mark) == e.Name }
		case <-notify.Errors: // some changes were lost
			hit = func(string) bool { return true }
		}
		concerned := f.touched(hit)
		if hit != nil && len(concerned) == 0 {
			continue // something else in a folder of ours
		}
		f.arrange(notify, concerned)
		for w := range concerned {
			changed(w)
		}
	}
}

// touched returns the watches of which a mark was hit.
func (f *follower) touched(hit func(mark string) bool) map[*watch]bool {
	all := map[*watch]bool{}
	for w, marks := range f.marks {
		if hit != nil && slices.ContainsFunc(marks, hit) {
			all[w] = true
		}
	}
	return all
}
