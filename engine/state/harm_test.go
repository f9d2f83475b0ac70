package state

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
)

// What somebody does to the file while it is in use is made good by the next
// write.
func TestAFileThatIsTakenAwayIsWrittenAnew(t *testing.T) {
	for name, harm := range map[string]func(path string) error{
		"removed":                             os.Remove,
		"cut":                                 func(p string) error { return os.Truncate(p, 5000) },
		"emptied":                             func(p string) error { return os.Truncate(p, 0) },
		"replaced":                            func(p string) error { return errors.Join(os.Remove(p), os.WriteFile(p, []byte("x"), 0o600)) },
		"overwritten":                         func(p string) error { return overwrite(p, 0) },
		"overwritten but for the first pages": func(p string) error { return overwrite(p, 2*int64(os.Getpagesize())) },
		"replaced by a dir":                   func(p string) error { return errors.Join(os.Remove(p), os.Mkdir(p, 0o700)) },
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			s := open(t, dir)
			s.Keep(vip(1), kept("a.lua"))
			s.sync()
			if err := harm(filepath.Join(dir, fileName)); err != nil {
				t.Fatal(err)
			}
			s.Keep(vip(2), kept("a.lua"))
			err := s.Sync(t.Context())
			s.end()
			if name == "replaced by a dir" {
				if err == nil {
					t.Error("got no error")
				}
				return
			}
			if old := open(t, dir).Recall(); err != nil || len(old) != 2 {
				t.Errorf("after a restart: got %v, %v", old, err)
			}
			if n := strings.Count(s.log.String(), "somebody else changed the state file"); n != 1 {
				t.Errorf("it is told %d times:\n%s", n, s.log)
			}
		})
	}
}

// overwrite writes nonsense into a file from an offset on, and leaves its length.
func overwrite(path string, from int64) error {
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	info, err := f.Stat()
	if err == nil {
		_, err = f.WriteAt(bytes.Repeat([]byte{0x5a}, int(info.Size()-from)), from)
	}
	return errors.Join(err, f.Close())
}

// A file that somebody has locked is not damaged: it stays what it is, and who it
// is is said.
func TestAFileThatIsLockedIsNotSetAside(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir)
	s.Keep(vip(1), kept("a.lua"))
	s.end()
	path := filepath.Join(dir, fileName)
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX); err != nil {
		t.Fatal(err)
	}
	synctest.Test(t, func(t *testing.T) {
		_, err := Open(dir, slog.New(slog.DiscardHandler))
		if want := fmt.Sprintf("is locked by the process %d", os.Getpid()); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q", err, want)
		}
	})
	f.Close()
	if old := open(t, dir).Recall(); len(old) != 1 || len(aside(t, dir)) > 0 {
		t.Errorf("after that: got %v, set aside %v", old, aside(t, dir))
	}
}

// What the system refuses says nothing about a file.
func TestWhatIsNoDamage(t *testing.T) {
	for err, want := range map[error]bool{
		fmt.Errorf("map: %w", syscall.ENOMEM):         true,
		syscall.ENOLCK:                                true,
		guard(func() error { panic("invalid page") }): false,
		errors.New("has no format"):                   false,
	} {
		if isRefusal(err) != want {
			t.Errorf("%v: got %v", err, !want)
		}
	}
}

// A page that is damaged in its length makes bbolt panic, and then look at all pages
// if it does not know which are free: in a goroutine of its own, of which a panic
// ends the process.
func TestAFileWhosePagesOverlapEndsNobody(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, fileName)
	if err := os.WriteFile(path, sample(t, 200), 0o600); err != nil {
		t.Fatal(err)
	}
	s := open(t, dir)
	if err := overlap(path); err != nil {
		t.Fatal(err)
	}
	for i := range 200 {
		s.Keep(vip(i), kept("b.lua"))
	}
	s.sync()
	if !strings.Contains(s.log.String(), "somebody else changed the state file") {
		t.Error("the damage was not noticed: it is too small to prove anything")
	}
	s.end()
	if old := open(t, dir).Recall(); len(old) != 200 || old[vip(7)].Policy != "b.lua" {
		t.Errorf("after a restart: got %d services", len(old))
	}
}

// overlap has each page of a file but the first two reach into the next one: the
// number of further pages is at offset 12 of each.
func overlap(path string) error {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	defer f.Close()
	info, err := f.Stat()
	page := int64(os.Getpagesize())
	for at := 2 * page; err == nil && at < info.Size(); at += page {
		_, err = f.WriteAt([]byte{1}, at+12)
	}
	return err
}
