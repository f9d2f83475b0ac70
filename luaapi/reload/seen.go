package reload

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"luavs/luaapi/beside"
	"luavs/luaapi/trust"
)

// watched are the paths of the policies, and of what they read beside them.
func (s *Set) watched() []string {
	paths := slices.Clone(s.paths)
	for file := range s.inForce {
		paths = append(paths, file)
	}
	for _, f := range s.beside() {
		paths = append(paths, f.Path())
	}
	return paths
}

// beside are the files that texts have read beside them, those in force and those
// that were refused.
func (s *Set) beside() (files []beside.File) {
	for _, p := range s.inForce {
		files = append(files, p.Files()...)
	}
	for _, r := range s.refusals {
		files = append(files, r.files...)
	}
	return files
}

// glimpse is what the files are like now: another text for each if anything is
// different that a reload would see.
func (s *Set) glimpse() map[string]string {
	files, failed := find(s.paths)
	seen := map[string]string{}
	for path, err := range failed {
		seen[path] = err.Error()
	}
	for _, file := range files {
		src, err := read(file)
		seen[file] = fmt.Sprintf("%x %v %v", src.sum, err, trusted(file))
	}
	for _, f := range s.beside() {
		seen[f.Path()] = fmt.Sprintf("%x %v", f.Sum(), trust.File(f.Path()))
	}
	return seen
}

// stale tells whether the files are to be looked at: they are not what they were,
// or what was wrong with them may have passed.
func (s *Set) stale() bool {
	for _, r := range s.refusals {
		if time.Since(r.at) >= retryAfter {
			return true
		}
	}
	return !maps.Equal(s.seen, s.glimpse())
}
