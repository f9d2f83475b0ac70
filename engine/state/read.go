package state

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"
	"syscall"

	bolt "go.etcd.io/bbolt"
	bolterrors "go.etcd.io/bbolt/errors"
	"golang.org/x/sys/unix"

	"luavs/engine"
	"luavs/ipvs"
)

// errDamaged is the error of a file that is there and cannot be understood.
var errDamaged = errors.New("is no state of LuaVS, or damaged")

// maxLocks bounds the list of the kernel's locks, in bytes.
const maxLocks = 1 << 20

// read reads a file whole. One that is not there has nothing in it.
func read(path string) (content, error) {
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return content{}, nil
	case err != nil:
		return nil, fmt.Errorf("state: %w", err)
	case !info.Mode().IsRegular(), info.Size() == 0, info.Size() > maxFile:
		return nil, errDamaged
	}
	if f, err := os.Open(path); err != nil { // else bbolt's word for it
		return nil, fmt.Errorf("state: %w", err)
	} else {
		f.Close()
	}
	c := content{}
	err = guard(func() error {
		db, err := bolt.Open(path, 0o600, &bolt.Options{ReadOnly: true, Timeout: lockWithin})
		if err != nil {
			return err
		}
		defer db.Close()
		return db.View(func(tx *bolt.Tx) error { return c.readAll(tx) })
	})
	switch {
	case err == nil:
		return c, nil
	case errors.Is(err, bolterrors.ErrTimeout):
		return nil, fmt.Errorf("state: %s is locked by %s; end that first", path, holderOf(info))
	case isRefusal(err):
		return nil, fmt.Errorf("state: read %s: %w; the file may be whole", path, err)
	}
	return nil, fmt.Errorf("%w: %w", errDamaged, err)
}

// isRefusal tells whether the system refused something: that says nothing about a
// file.
func isRefusal(err error) bool {
	var errno syscall.Errno
	return errors.As(err, &errno)
}

// holderOf says which process has locked a file, for a person. The list of locks
// has a line for each (proc(5)):
//
//	1: FLOCK  ADVISORY  WRITE 708 08:01:1835 0 EOF
func holderOf(info fs.FileInfo) string {
	const nobody = "another process"
	f, err := os.Open("/proc/locks")
	if err != nil {
		return nobody
	}
	defer f.Close()
	st := info.Sys().(*syscall.Stat_t)
	inode := fmt.Sprintf("%02x:%02x:%d", unix.Major(st.Dev), unix.Minor(st.Dev), st.Ino)
	lines := bufio.NewScanner(io.LimitReader(f, maxLocks))
	for lines.Scan() {
		words := strings.Fields(lines.Text())
		if len(words) == 8 && words[1] == "FLOCK" && words[5] == inode && words[4] > "0" {
			return "the process " + words[4]
		}
	}
	return nobody
}

func (c content) readAll(tx *bolt.Tx) error {
	b := tx.Bucket([]byte(meta))
	if b == nil {
		return errors.New("has no format")
	}
	if got := b.Get([]byte("format")); string(got) != format {
		return fmt.Errorf("its format is %.40q, this LuaVS knows %q", got, format)
	}
	for _, name := range []string{services, values} {
		b := tx.Bucket([]byte(name))
		if b == nil {
			return fmt.Errorf("has no %s", name)
		}
		err := b.ForEach(func(k, v []byte) error {
			c[entry{name, string(k)}] = bytes.Clone(v)
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// services returns what is kept of services.
func (c content) services() (map[ipvs.ServiceKey]*engine.Kept, error) {
	all := map[ipvs.ServiceKey]*engine.Kept{}
	for e, text := range c {
		if e.bucket != services {
			continue
		}
		key, err := ipvs.ParseServiceKey(e.key)
		if err != nil {
			return nil, fmt.Errorf("%w: %w", errDamaged, err)
		}
		k := new(engine.Kept)
		if err := json.Unmarshal(text, k); err != nil {
			return nil, fmt.Errorf("%w: %s: %w", errDamaged, e.key, err)
		}
		all[key] = k
	}
	return all, nil
}
