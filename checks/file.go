package checks

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
)

// A FileWant says what a [File] looks for.
type FileWant string

// What a file is to be.
const (
	FilePresent FileWant = "present" // it fails while the file is missing
	FileAbsent  FileWant = "absent"  // it fails while the file is there: a mark for maintenance
	FileNumber  FileWant = "number"  // the file holds a number that is added to the weight
)

// File looks at a file on this machine. What cannot be looked at (no right, a
// number that is none) says nothing: Unknown. A file on a file system that does
// not answer holds the run until it does.
//
// A file with a number follows the rules of keepalived's FILE_CHECK: the
// number, from -2147483648 to 2147483647, times Weight is added to the server's
// weight, and -2147483648 or less is a fail. With Weight 0 a number other than
// 0 is a fail. A file that is missing holds 0.
type File struct {
	Path    string   // the file; or
	Folder  string   // the folder, in which a file has one of the names of the server
	Names   []string // more names of the server, for Folder
	Want    FileWant
	Weight  int  // of FileNumber: the factor, -2147483647 to 2147483647
	Reverse bool // of FileNumber: times -1
}

// String is the identity of the check.
func (c File) String() string {
	var id identity
	id.word("file")
	id.field("path", c.Path)
	id.field("folder", c.Folder)
	for _, name := range c.Names {
		id.field("name", name)
	}
	id.field("want", string(c.Want))
	if c.Want == FileNumber {
		id.number("weight", c.Weight, 1)
		id.flag("reverse", c.Reverse)
	}
	return id.String()
}

// Files are the paths that the answer about a server depends on: Path, or in
// Folder the names that ldirectord's maintenancedir knows. These are the
// server's address with and without its port, its name, and Names, all with and
// without its port.
func (c File) Files(t Target) []string {
	if c.Folder == "" {
		return []string{c.Path}
	}
	files := []string{filepath.Join(c.Folder, t.Addr.String()), filepath.Join(c.Folder, t.Addr.Addr().String())}
	for _, name := range append([]string{t.Name}, c.Names...) {
		if name == "" || name == t.Addr.String() || strings.Contains(name, "/") {
			continue
		}
		path := filepath.Join(c.Folder, name)
		files = append(files, path, path+":"+strconv.Itoa(int(t.Addr.Port())))
	}
	return files
}

// Check implements [Check].
func (c File) Check(_ context.Context, t Target) Result {
	if c.Want == FileNumber {
		return c.number()
	}
	for _, path := range c.Files(t) {
		info, err := os.Stat(path)
		switch {
		case missing(err):
		case err != nil:
			return Result{Cause: Local, Reason: OneLine(fmt.Sprintf("%s: %s", path, plain(err)))}
		case c.Want == FileAbsent:
			return Result{Outcome: Fail, Cause: Verdict, Reason: OneLine(path + " is there" + firstWords(path, info))}
		default:
			return Result{Outcome: Pass, Reason: OneLine(path + " is there")}
		}
	}
	what := c.Path
	if c.Folder != "" {
		what = "a file of " + t.called() + " in " + c.Folder
	}
	if c.Want == FilePresent {
		return Result{Outcome: Fail, Cause: Verdict, Reason: OneLine(what + " is missing")}
	}
	return Result{Outcome: Pass, Reason: OneLine(what + " is missing, as it should be")}
}

// missing tells whether err says that there is no such file.
func missing(err error) bool {
	return errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR)
}

// firstWords are what a mark says, as the end of a reason.
func firstWords(path string, info fs.FileInfo) string {
	if !info.Mode().IsRegular() {
		return ""
	}
	text, _ := readFile(path, reasonLimit) // the mark is there, whatever it holds
	if line := OneLine(text); line != "" {
		return ": " + line
	}
	return ""
}

// readFile reads at most limit bytes of a regular file.
func readFile(path string, limit int) (string, error) {
	f, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0) // a pipe holds nobody
	if err != nil {
		return "", err
	}
	defer f.Close()
	if info, err := f.Stat(); err != nil || !info.Mode().IsRegular() {
		return "", errors.Join(err, errors.New("is no regular file"))
	}
	text, err := io.ReadAll(io.LimitReader(f, int64(limit)))
	return string(text), err
}
