package reload

import (
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"time"

	"luavs/checks/filewatch"
)

// pollEvery is how often files are looked at even if nobody reports a change:
// network file systems and some containers never do.
const pollEvery = 5 * time.Second

// watcher tells when something in the folders of the policies changed, once
// things are quiet.
type watcher struct {
	*lull
	files *filewatch.Watcher[struct{}] // whose one reader this is
	paths []string                     // that it watches
	end   context.CancelFunc
	ended chan struct{}
}

// newWatcher returns a watcher of nothing yet. The caller calls close.
func newWatcher(log *slog.Logger) *watcher {
	ctx, cancel := context.WithCancel(context.Background())
	w := &watcher{
		lull: newLull(), files: filewatch.New[struct{}](log), end: cancel, ended: make(chan struct{}),
	}
	go func() {
		defer close(w.ended)
		w.files.Run(ctx, func(struct{}) { w.stir() })
	}()
	return w
}

// follow watches paths in place of those before: each file or folder, and all
// in a folder, or in that of a file, because what a policy lacks may come beside
// it.
func (w *watcher) follow(paths []string) {
	var whole []string
	for _, path := range paths {
		if path, err := filepath.Abs(path); err == nil {
			whole = append(whole, path, folderOf(path)+"/")
		}
	}
	slices.Sort(whole)
	if whole = slices.Compact(whole); !slices.Equal(whole, w.paths) {
		w.paths = whole
		w.files.Follow(struct{}{}, whole)
	}
}

// folderOf returns a folder, or that in which a file lies.
func folderOf(path string) string {
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		return path
	}
	return filepath.Dir(path)
}

func (w *watcher) close() {
	w.end()
	<-w.ended
	w.lull.close()
}
