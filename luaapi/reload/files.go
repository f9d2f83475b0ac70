package reload

import (
	"crypto/sha256"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"luavs/luaapi/beside"
)

// maxFile bounds a policy file. Longer lists are computed in a loop.
const maxFile = 1 << 20

// source is the text of a policy file.
type source struct {
	path string
	text []byte
	sum  beside.Sum
}

// read reads a policy file. One without any text is refused: it is far more
// likely half written than meant.
func read(path string) (source, error) {
	f, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0) // a named pipe would wait for a writer
	if err != nil {
		return source{}, fmt.Errorf("policy: %w", err)
	}
	defer f.Close()
	if info, err := f.Stat(); err == nil && !info.Mode().IsRegular() {
		return source{}, fmt.Errorf("policy %s: is not a plain file", path)
	}
	text, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	switch {
	case err != nil:
		return source{}, fmt.Errorf("policy: %w", err)
	case len(text) > maxFile:
		return source{}, fmt.Errorf("policy %s: is over %d bytes", path, maxFile)
	case len(strings.TrimSpace(string(text))) == 0:
		return source{}, fmt.Errorf("policy %s: the file is empty; to give up its services, remove the file", path)
	}
	return source{path: path, text: text, sum: sha256.Sum256(text)}, nil
}

// find returns the policy files that paths name, sorted: a file is itself, a
// folder is its *.lua files. A path that is missing and a folder without any
// have an error.
func find(paths []string) (files []string, failed map[string]error) {
	failed = map[string]error{}
	for _, path := range paths {
		path = filepath.Clean(path)
		inside, err := expand(path)
		if err != nil {
			failed[path] = err
		}
		files = append(files, inside...)
	}
	slices.Sort(files)
	return slices.Compact(files), failed
}

// expand returns the policy files of one path. Hidden files in a folder are
// left out: they are what editors and config management write before they
// rename.
func expand(path string) ([]string, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("policy: %w", err)
	}
	if !info.IsDir() {
		return []string{path}, nil
	}
	entries, err := os.ReadDir(path)
	if err != nil {
		return nil, fmt.Errorf("policy folder: %w", err)
	}
	var files []string
	for _, e := range entries {
		if !e.IsDir() && strings.HasSuffix(e.Name(), ".lua") && !strings.HasPrefix(e.Name(), ".") {
			files = append(files, filepath.Join(path, e.Name()))
		}
	}
	if len(files) == 0 {
		return nil, fmt.Errorf("policy folder %s: no *.lua files in it", path)
	}
	return files, nil
}
