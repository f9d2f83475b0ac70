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

// A reader is what depends on files: a check, or a source of servers. It is
// hurried by the loop when they change.
type reader interface{ hurry(l *loop) }

// follow has a watch asked when its files change, if its answer lies in files.
func (l *loop) follow(w *watch) {
	if probe, ok := w.check.Probe.(filed); ok {
		l.followFiles(w, probe.Files(w.target()))
	}
}

// followFiles has a reader hurried when files change.
func (l *loop) followFiles(r reader, files []string) {
	if l.files == nil {
		l.files = &follower{marks: map[reader][]string{}, paths: map[reader][]string{}, kick: make(chan struct{}, 1)}
		follower := l.files
		l.tasks.Go(func() { follower.run(l.life, l.log, func(r reader) { l.send(func() { r.hurry(l) }) }) })
	}
	l.files.add(r, files)
}

// unfollow ends what followFiles began.
func (l *loop) unfollow(r reader) {
	if l.files != nil {
		l.files.remove(r)
	}
}

// hurry makes a watch due now, or once more when the run that is under way has
// ended.
func (w *watch) hurry(l *loop) {
	switch {
	case w.gone:
	case !w.due.taken():
		w.again = true
	default:
		now := time.Now()
		l.queue.put(w, later(w.started().Add(fileGap), now))
	}
}

// askAgain makes a watch that has just answered due once more if its files
// changed meanwhile.
func (l *loop) askAgain(w *watch, now time.Time) {
	if w.again {
		w.again = false
		l.queue.put(w, later(w.started().Add(fileGap), now))
	}
}

// follower tells readers that their files have changed. It watches folders, not
// files, because files come, go and are put in the place of others. Where
// nobody reports changes (network file systems), the schedule of a check still
// holds.
type follower struct {
	kick chan struct{} // the paths have changed

	mu    sync.Mutex
	paths map[reader][]string // what each reader depends on

	marks map[reader][]string // of run alone: what is being watched for each
}

func (f *follower) add(r reader, paths []string) {
	f.mu.Lock()
	f.paths[r] = paths
	f.mu.Unlock()
	f.wake()
}

func (f *follower) remove(r reader) {
	f.mu.Lock()
	delete(f.paths, r)
	f.mu.Unlock()
	f.wake()
}

func (f *follower) wake() {
	select {
	case f.kick <- struct{}{}:
	default:
	}
}

// run calls changed for each reader whose files may have changed, until ctx
// ends.
func (f *follower) run(ctx context.Context, log *slog.Logger, changed func(reader)) {
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
		for r := range concerned {
			changed(r)
		}
	}
}

// touched returns the readers of which a mark was hit.
func (f *follower) touched(hit func(mark string) bool) map[reader]bool {
	all := map[reader]bool{}
	for r, marks := range f.marks {
		if hit != nil && slices.ContainsFunc(marks, hit) {
			all[r] = true
		}
	}
	return all
}
