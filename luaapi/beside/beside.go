package beside

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
)

// MaxSize is the size of the largest file that is read, in bytes.
const MaxSize = 4 << 20

// A Folder is where a policy's file is.
type Folder struct {
	path string
	read []File
}

// A File is one that was read, as it was then.
type File struct {
	folder, name string
	sum          [sha256.Size]byte
}

// Path returns where it is, as the policy's own path is written.
func (f File) Path() string { return filepath.Join(f.folder, f.name) }

// Of returns the folder of a policy's file.
func Of(policy string) *Folder { return &Folder{path: filepath.Dir(policy)} }

// Files lists what was read so far.
func (f *Folder) Files() []File { return slices.Clone(f.read) }

// Read returns what is in a file of the folder, such as "servers.json" or
// "lists/web.csv".
func (f *Folder) Read(name string) ([]byte, error) {
	if !filepath.IsLocal(name) || slices.ContainsFunc(strings.Split(name, "/"), hidden) {
		return nil, fmt.Errorf(`%q: want the name of a file beside the policy, such as "servers.json"`, name)
	}
	text, err := read(f.path, name)
	if err != nil {
		return nil, err
	}
	file := File{folder: f.path, name: name, sum: sha256.Sum256(text)}
	if !slices.Contains(f.read, file) {
		f.read = append(f.read, file)
	}
	return text, nil
}

func hidden(part string) bool { return strings.HasPrefix(part, ".") || part == "" }

// Changed tells whether the file is not any more what was read.
func (f File) Changed() bool {
	text, err := read(f.folder, f.name)
	return err != nil || sha256.Sum256(text) != f.sum
}

// read reads a plain file that is in folder or below.
func read(folder, name string) ([]byte, error) {
	file, err := Open(folder, name)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	text, err := io.ReadAll(io.LimitReader(file, MaxSize+1))
	if err == nil && len(text) > MaxSize {
		err = fmt.Errorf("%s is over %d bytes", file.Name(), MaxSize)
	}
	return text, err
}

// Open opens a plain file that is in folder or below, and that no symbolic link
// leads out of it.
func Open(folder, name string) (*os.File, error) {
	root, err := os.OpenRoot(folder)
	if err != nil {
		return nil, err
	}
	defer root.Close()
	file, err := root.OpenFile(name, os.O_RDONLY|syscall.O_NONBLOCK, 0) // a named pipe would wait for a writer
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, missing(filepath.Join(folder, name))
	case err != nil:
		return nil, fmt.Errorf("%s: %w", filepath.Join(folder, name), err)
	}
	if info, err := file.Stat(); err == nil && !info.Mode().IsRegular() {
		file.Close()
		return nil, fmt.Errorf("%s is not a plain file", file.Name())
	}
	return file, nil
}

// missing is the path of a file that is not there.
type missing string

// Error says so.
func (m missing) Error() string { return "there is no file " + string(m) }

// Is makes it one of [fs.ErrNotExist].
func (m missing) Is(target error) bool { return target == fs.ErrNotExist }
