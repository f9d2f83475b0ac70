package trust

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// maxLinks is how many symbolic links a path may lead through, as in the kernel.
const maxLinks = 40

// File says who besides root could change what a path leads to: the file itself,
// or a folder or symbolic link on the way. It is nil if nobody could, and for a
// daemon that is not root, which can do no more than its user. A folder with the
// sticky bit will do, as nobody can replace another's file in it; so will a file
// system that is mounted read only.
func File(path string) error {
	if os.Geteuid() != 0 {
		return nil
	}
	whole, err := filepath.Abs(path)
	if err != nil {
		return err
	}
	return walk(whole, 0, maxLinks)
}

// walk looks at each step of a whole path, of which all must belong to root or
// to owner.
func walk(path string, owner uint32, links int) error {
	if links == 0 {
		return fmt.Errorf("%s: more than %d symbolic links", path, maxLinks)
	}
	at, steps := "/", strings.Split(strings.Trim(path, "/"), "/")
	for i, step := range steps {
		next := filepath.Join(at, step)
		info, err := os.Lstat(next)
		if err != nil {
			return err
		}
		if info.Mode().Type() == fs.ModeSymlink {
			target, err := os.Readlink(next)
			if err != nil {
				return err
			}
			if !filepath.IsAbs(target) {
				target = filepath.Join(at, target)
			}
			return walk(filepath.Join(target, filepath.Join(steps[i+1:]...)), owner, links-1)
		}
		if err := loose(next, info, owner); err != nil && !readOnly(next) {
			return err
		}
		at = next
	}
	return nil
}

// loose says why a file or folder is not safe from others.
func loose(path string, info fs.FileInfo, owner uint32) error {
	stat, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return errors.New(path + ": the system does not say whose it is")
	}
	if stat.Uid != 0 && stat.Uid != owner {
		return fmt.Errorf("%s belongs to user %d, who could change what a daemon of root does: chown root %s", path, stat.Uid, path)
	}
	mode := info.Mode()
	others := mode&0o002 != 0 || mode&0o020 != 0 && stat.Gid != 0
	if others && !(mode.IsDir() && mode&fs.ModeSticky != 0) {
		return fmt.Errorf("%s can be written by others (%v), who could change what a daemon of root does: chmod go-w %s", path, mode, path)
	}
	return nil
}

// readOnly tells whether a path is on a file system that nobody can write, as
// what Kubernetes mounts.
func readOnly(path string) bool {
	var s unix.Statfs_t
	return unix.Statfs(path, &s) == nil && s.Flags&unix.ST_RDONLY != 0
}
