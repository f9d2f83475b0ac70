// Package filetest changes files in tests, in words like those of a shell.
package filetest

import (
	"errors"
	"os"
	"strings"
	"testing"
)

// A Tree is a folder whose files a test changes.
type Tree struct {
	Dir string
	t   testing.TB
}

// New makes a folder that lasts as long as the test.
func New(t testing.TB) Tree { return Tree{t.TempDir(), t} }

// Path puts the folder in place of each @.
func (f Tree) Path(text string) string { return strings.ReplaceAll(text, "@", f.Dir) }

// Do does what the lines say, in which @ stands for the folder: touch FILE,
// write WORD FILE, rm PATH, mkdir FOLDER, ln TO LINK, mv FROM TO.
func (f Tree) Do(lines ...string) {
	f.t.Helper()
	for _, line := range lines {
		if err := do(strings.Fields(f.Path(line))); err != nil {
			f.t.Fatalf("%s: %v", line, err)
		}
	}
}

func do(words []string) error {
	switch words[0] {
	case "touch":
		return os.WriteFile(words[1], nil, 0o600)
	case "write":
		return os.WriteFile(words[2], []byte(words[1]), 0o600)
	case "rm":
		return os.RemoveAll(words[1])
	case "mkdir":
		return os.Mkdir(words[1], 0o700)
	case "ln":
		return os.Symlink(words[1], words[2])
	case "mv":
		return os.Rename(words[1], words[2])
	}
	return errors.New("no such word")
}
