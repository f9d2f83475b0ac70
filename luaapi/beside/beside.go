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

const (
	// MaxSize is the size of the largest file that is read, in bytes.
	MaxSize = 4 << 20

	// maxMissing is of how many files it is remembered at most that they could not
	// be read: code may ask for as many as it likes.
	maxMissing = 1000
)

// A Folder is where a policy's file is.
type Folder struct {
	path  string
	asked []File
}

// A File is one that was read, as it was then, or that could not be read.
type File struct {
	folder, name string
	sum          Sum
}

// A Sum is the SHA-256 of what is in a file. That of a file that cannot be read is
// zero.
type Sum [sha256.Size]byte

// Path returns where it is, as the policy's own path is written.
func (f File) Path() string { return filepath.Join(f.folder, f.name) }

// Of returns the folder of a policy's file.
func Of(policy string) *Folder { return &Folder{path: filepath.Dir(policy)} }

// Files lists what was read so far, or would have been if it could.
func (f *Folder) Files() []File { return slices.Clone(f.asked) }

// Read returns what is in a file of the folder, such as "servers.json" or
// "lists/web.csv".
func (f *Folder) Read(name string) ([]byte, error) {
	if !filepath.IsLocal(name) || slices.ContainsFunc(strings.Split(name, "/"), hidden) {
		return nil, fmt.Errorf(`%q: want the name of a file beside the policy, such as "servers.json"`, name)
	}
	text, err := read(f.path, name)
	file := File{folder: f.path, name: name, sum: sumOf(text, err)}
	if (err == nil || len(f.asked) < maxMissing) && !slices.Contains(f.asked, file) {
		f.asked = append(f.asked, file)
	}
	return text, err
}

func sumOf(text []byte, err error) Sum {
	if err != nil {
		return Sum{}
	}
	return sha256.Sum256(text)
}

func hidden(part string) bool { return strings.HasPrefix(part, ".") || part == "" }

// Sum returns the sum of what is in the file now.
func (f File) Sum() Sum { return sumOf(read(f.folder, f.name)) }

// Changed tells whether the file is not any more what was read, or can be read
// now.
func (f File) Changed() bool { return f.Sum() != f.sum }

// Missing tells whether the file could not be read.
func (f File) Missing() bool { return f.sum == Sum{} }

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
	if err != nil {
		return nil, err
	}
	return text, nil
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
