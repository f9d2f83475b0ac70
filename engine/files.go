package engine

import (
	"time"

	"luavs/checks"
	"luavs/checks/filewatch"
)

// fileGap is the least time between two runs of a check whose files change all
// the time.
const fileGap = 100 * time.Millisecond

// filed is a check whose answer lies in files: it is asked when they change,
// and not only when it is due.
type filed interface {
	Files(t checks.Target) []string
}

// A reader is what depends on files: a check, a source of servers, or a job. It
// is hurried by the loop when they change; otherwise its schedule holds.
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
		l.files = filewatch.New[reader](l.log)
		files := l.files
		l.tasks.Go(func() { files.Run(l.life, func(r reader) { l.send(func() { r.hurry(l) }) }) })
	}
	l.files.Follow(r, files)
}

// unfollow ends what followFiles began.
func (l *loop) unfollow(r reader) {
	if l.files != nil {
		l.files.Forget(r)
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
