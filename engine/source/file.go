package source

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"syscall"

	"luavs/engine"
)

// File is a list in a file: YAML if its name says so, or else JSON. The engine
// asks it once the file has changed, or another taken its place, and is quiet.
type File struct{ Path string }

// List implements [engine.Source].
func (f File) List(context.Context) (engine.Listing, error) {
	text, err := f.read()
	if err != nil {
		return engine.Listing{}, fmt.Errorf("%s: %w", f.Path, err)
	}
	parse := parseJSON
	if f.isYAML() {
		parse = parseYAML
	}
	members, err := parse(text)
	if err != nil {
		return engine.Listing{}, fmt.Errorf("%s: %w", f.Path, err)
	}
	return engine.Listing{Members: members}, nil
}

// Files returns the path of the file.
func (f File) Files() []string { return []string{f.Path} }

func (f File) isYAML() bool {
	return slices.Contains([]string{".yaml", ".yml"}, filepath.Ext(f.Path))
}

// read reads the file; not to wait for the writer of a pipe, it opens it as
// what has something to say now.
func (f File) read() ([]byte, error) {
	file, err := os.OpenFile(f.Path, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, unwrapped(err)
	}
	defer file.Close()
	if info, err := file.Stat(); err != nil || !info.Mode().IsRegular() {
		return nil, fmt.Errorf("want a regular file")
	}
	return readText(file)
}

// unwrapped is an error without the path, which the caller says.
func unwrapped(err error) error {
	if p, ok := err.(*os.PathError); ok {
		return p.Err
	}
	return err
}
