package state

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// fileName is the name of the file in its folder.
const fileName = "state.db"

// Open opens the store of a folder, which is made if it is not there. If
// another process uses it, or the system refuses something, that is an error. A
// file that cannot be understood is set aside, which is logged: then nothing is
// recalled. Without an error, Run must follow.
func Open(dir string, log *slog.Logger) (*Store, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, explain(err)
	}
	lock, err := acquire(filepath.Join(dir, "lock"))
	if err != nil {
		return nil, err
	}
	s := &Store{
		dir: dir, log: log, lock: lock, wake: make(chan struct{}, 1), hurry: make(chan struct{}, 1),
		pending: map[entry]any{}, values: map[string]*Values{},
	}
	if err := s.load(filepath.Join(dir, fileName)); err != nil {
		lock.Close()
		return nil, explain(err)
	}
	return s, nil
}

// load reads the file, and makes it anew.
func (s *Store) load(path string) error {
	err := s.understand(path)
	if errors.Is(err, errDamaged) {
		aside := path + ".damaged-" + time.Now().UTC().Format("20060102T150405.000Z")
		if err := os.Rename(path, aside); err != nil {
			return fmt.Errorf("state: %w", err)
		}
		s.log.Error("the state file was set aside; who serves is taken from the kernel, the rest is forgotten", "file", path, "now", aside, "err", err)
		s.whole, s.old, s.values = content{}, nil, map[string]*Values{}
	} else if err != nil {
		return err
	}
	if s.disk, err = create(path, s.whole); errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) {
		s.disk, s.torn = &file{path: path}, true // no reason to serve nobody
		s.tell(err)
		s.kick()
		return nil
	}
	return err
}

// understand reads the file and makes of it what was kept.
func (s *Store) understand(path string) (err error) {
	if s.whole, err = read(path); err != nil {
		return err
	}
	if s.old, err = s.whole.services(); err != nil {
		return err
	}
	return s.loadValues()
}

// acquire locks a file for this process and writes its id into it. The kernel
// gives the lock up with the process, however that ends.
func acquire(path string) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|syscall.O_CLOEXEC, 0o600)
	if err != nil {
		return nil, explain(err)
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		defer f.Close()
		if errors.Is(err, syscall.EWOULDBLOCK) {
			holder, _ := io.ReadAll(io.LimitReader(f, 20))
			return nil, fmt.Errorf("state: another luavs (pid %s) uses %s; end it first, or give each its own --state DIR", strings.TrimSpace(string(holder)), filepath.Dir(path))
		}
		return nil, fmt.Errorf("state: lock %s: %w", path, err)
	}
	f.Truncate(0)
	f.WriteAt([]byte(strconv.Itoa(os.Getpid())+"\n"), 0) // for people: on a full disk the lock holds without
	return f, nil
}

// explain says what to do about a folder that cannot be used.
func explain(err error) error {
	if errors.Is(err, fs.ErrPermission) || errors.Is(err, syscall.EROFS) {
		return fmt.Errorf("%w; use a folder this user may write, with --state DIR, or --state none to forget drains, health and ownership at each restart", err)
	}
	return err
}
