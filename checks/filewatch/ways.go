package filewatch

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
)

// maxLinks is how many symbolic links a path may lead through, as in the
// kernel (path_resolution(7)).
const maxLinks = 40

// everything is the name of a mark that stands for all in its folder.
const everything = "*"

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
		if w.end != "" && strings.HasSuffix(path, "/") {
			marks = append(marks, filepath.Join(w.end, everything))
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
