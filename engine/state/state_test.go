package state

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	bolt "go.etcd.io/bbolt"

	"luavs/checks"
	"luavs/engine"
	"luavs/engine/logtest"
	"luavs/ipvs"
)

// shelf is an open store with what it has logged.
type shelf struct {
	*Store
	t     *testing.T
	log   *logtest.Text
	stop  context.CancelFunc
	ended sync.WaitGroup
}

// open opens the store of a folder and runs it until the test ends, or end is
// called.
func open(t *testing.T, dir string) *shelf {
	t.Helper()
	s := &shelf{t: t, log: &logtest.Text{}}
	store, err := Open(dir, slog.New(slog.NewTextHandler(io.MultiWriter(s.log, t.Output()), nil)))
	if err != nil {
		t.Fatal(err)
	}
	s.Store = store
	ctx, stop := context.WithCancel(context.Background())
	s.stop = stop
	s.ended.Go(func() {
		if err := store.Run(ctx); !errors.Is(err, context.Canceled) {
			t.Errorf("Run: got %v, want context.Canceled", err)
		}
	})
	t.Cleanup(s.end)
	return s
}

func (s *shelf) end() {
	s.stop()
	s.ended.Wait()
}

func (s *shelf) sync() {
	s.t.Helper()
	if err := s.Sync(s.t.Context()); err != nil {
		s.t.Fatal(err)
	}
}

func vip(n int) ipvs.ServiceKey {
	return ipvs.AddrKey(ipvs.TCP, netip.AddrPortFrom(netip.AddrFrom4([4]byte{10, 0, byte(n >> 8), byte(n)}), 80))
}

// kept is a record with a value in each field.
func kept(policy string) *engine.Kept {
	at := time.Date(2026, 1, 2, 3, 4, 5, 6, time.UTC)
	step := &engine.KeptStep{Since: at, Began: []netip.AddrPort{netip.MustParseAddrPort("192.168.0.1:80")}}
	return &engine.Kept{Policy: policy, Step: step, Servers: []engine.KeptServer{{
		Addr: netip.MustParseAddrPort("192.168.0.1:80"), State: engine.StateDown, Since: at, Reason: "connection refused",
		Failed: true, Serves: true, Weight: 7, Declared: 3,
		Flaps: 2, Held: time.Minute, HeldUntil: at.Add(time.Minute), RampSince: at.Add(time.Second),
		Checks: []engine.KeptCheck{{
			ID: "tcp", State: engine.StateDown, Streak: 1, Lean: 1 << 29, Advice: checks.Advice{Kind: checks.ScaleWeight, Value: 50},
			Reason: "connection refused", Cause: checks.Refused, Memory: "m", At: at,
		}},
		Combined: &engine.KeptCheck{State: engine.StateDown, Reason: "two of three"},
	}}}
}

func TestWhatIsKeptIsRecalled(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "is", "made")
	s := open(t, dir)
	if old := s.Recall(); old == nil || len(old) > 0 {
		t.Errorf("at first: got %v, want an empty map", old)
	}
	mark := ipvs.MarkKey(7, ipvs.INET6)
	s.Keep(vip(1), kept("a.lua"))
	s.Keep(vip(2), kept("a.lua"))
	s.sync()
	s.Keep(vip(1), kept("b.lua"))
	s.Keep(vip(2), nil)
	s.Keep(mark, kept("b.lua"))
	s.end() // writes what is left

	want := map[ipvs.ServiceKey]*engine.Kept{vip(1): kept("b.lua"), mark: kept("b.lua")}
	for range 2 { // the second reads what the first has written anew
		s = open(t, dir)
		if diff := cmp.Diff(want, s.Recall(), cmp.AllowUnexported(netip.AddrPort{}, netip.Addr{}), cmp.Comparer(func(a, b netip.AddrPort) bool { return a == b })); diff != "" {
			t.Errorf("-want +got:\n%s", diff)
		}
		s.end()
	}
}

func TestASecondProcessIsRefused(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir)
	_, err := Open(dir, slog.New(slog.DiscardHandler))
	if want := fmt.Sprintf("another luavs (pid %d) uses %s", os.Getpid(), dir); err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("got %v, want %q", err, want)
	}
	s.end()
	open(t, dir)
}

func TestAFolderThatCannotBeUsedIsAnErrorThatSaysWhatToDo(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(file, slog.New(slog.DiscardHandler)); err == nil || !strings.Contains(err.Error(), "not a directory") {
		t.Errorf("a file: got %v", err)
	}
	if _, err := Open("/proc/luavs", slog.New(slog.DiscardHandler)); err == nil {
		t.Error("/proc: got no error")
	}
	if err := explain(os.ErrPermission); !strings.Contains(err.Error(), "--state none") {
		t.Errorf("got %v", err)
	}
}

func TestTheFileIsForItsOwnerAlone(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "state")
	open(t, dir)
	for path, want := range map[string]os.FileMode{dir: 0o700, filepath.Join(dir, fileName): 0o600, filepath.Join(dir, "lock"): 0o600} {
		if info, err := os.Stat(path); err != nil || info.Mode().Perm() != want {
			t.Errorf("%s: got %v, %v, want %v", path, info.Mode().Perm(), err, want)
		}
	}
}

// aside returns the names of files that were set aside.
func aside(t *testing.T, dir string) []string {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(dir, fileName+".damaged-*"))
	if err != nil {
		t.Fatal(err)
	}
	return names
}

func TestAFileThatIsNotUnderstoodIsSetAside(t *testing.T) {
	bucket := func(name, key, value string) func(*bolt.Tx) error {
		return func(tx *bolt.Tx) error {
			b, err := tx.CreateBucketIfNotExists([]byte(name))
			if err != nil {
				return err
			}
			return b.Put([]byte(key), []byte(value))
		}
	}
	for _, tt := range []struct {
		name string
		make func(path string) error
		why  string
	}{
		{"an empty file", func(p string) error { return os.WriteFile(p, nil, 0o600) }, "damaged"},
		{"a text", func(p string) error { return os.WriteFile(p, []byte(strings.Repeat("text\n", 10000)), 0o600) }, "invalid database"},
		{"a folder", func(p string) error { return os.Mkdir(p, 0o700) }, "damaged"},
		{"a bbolt file of another program", edit(bucket("users", "root", "toor")), "has no format"},
		{"one of a later version", edit(bucket(meta, "format", "luavs 99")), "luavs 99"},
		{"one with half its buckets", edit(bucket(meta, "format", format)), "has no services"},
		{"a service that is none", edit(bucket(meta, "format", format), bucket(values, "p\x00n", `{"value":1}`), bucket(services, "nonsense", "{}")), "nonsense"},
		{"a record that is no JSON", edit(bucket(meta, "format", format), bucket(values, "p\x00n", `{"value":1}`), bucket(services, "tcp 10.0.0.1:80", "{")), "tcp 10.0.0.1:80"},
		{"a value that is no JSON", edit(bucket(meta, "format", format), bucket(services, "tcp 10.0.0.1:80", "{}"), bucket(values, "p\x00n", "1")), "the value"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			dir := t.TempDir()
			if err := tt.make(filepath.Join(dir, fileName)); err != nil {
				t.Fatal(err)
			}
			s := open(t, dir)
			if old := s.Recall(); old != nil {
				t.Errorf("recalls %v, want nil: nobody knows", old)
			}
			names := aside(t, dir)
			if len(names) != 1 || !strings.Contains(s.log.String(), names[0]) || !strings.Contains(s.log.String(), tt.why) {
				t.Errorf("set aside: %v; want one, named in the log with %q:\n%s", names, tt.why, s.log)
			}
			s.Keep(vip(1), kept("a.lua"))
			s.end()
			if old := open(t, dir).Recall(); len(old) != 1 {
				t.Errorf("after a restart: got %v", old)
			}
		})
	}
}

// edit makes a bbolt file.
func edit(steps ...func(*bolt.Tx) error) func(path string) error {
	return func(path string) error {
		db, err := bolt.Open(path, 0o600, nil)
		if err != nil {
			return err
		}
		for _, step := range steps {
			err = errors.Join(err, db.Update(step))
		}
		return errors.Join(err, db.Close())
	}
}

func TestADiskThatRefusesIsToldAndAskedAgain(t *testing.T) {
	parent := t.TempDir()
	dir, away := filepath.Join(parent, "state"), filepath.Join(parent, "away")
	synctest.Test(t, func(t *testing.T) {
		s := open(t, dir)
		s.Keep(vip(1), kept("a.lua"))
		s.sync()
		if err := os.Rename(dir, away); err != nil {
			t.Fatal(err)
		}
		time.Sleep(gap)
		s.Keep(vip(2), kept("a.lua"))
		if err := s.Sync(t.Context()); err == nil {
			t.Error("Sync without a folder: got no error")
		}
		if p := s.Problem(); !strings.Contains(p, "no such file") {
			t.Errorf("problem %q", p)
		}
		time.Sleep(10 * retryEvery)
		if n := strings.Count(s.log.String(), "level=ERROR"); n != 1 {
			t.Errorf("%d errors are logged, want one:\n%s", n, s.log)
		}
		if err := os.Rename(away, dir); err != nil {
			t.Fatal(err)
		}
		time.Sleep(retryEvery + gap)
		if p := s.Problem(); p != "" || !strings.Contains(s.log.String(), "written again") {
			t.Errorf("problem %q:\n%s", p, s.log)
		}
		s.end()
	})
	if old := open(t, dir).Recall(); len(old) != 2 {
		t.Errorf("after a restart: got %v", old)
	}
}

// Who waits is not kept waiting: neither by the pause after a write, nor by a disk
// that is known to refuse.
func TestWhoWaitsForTheDiskIsServedAtOnce(t *testing.T) {
	parent := t.TempDir()
	dir := filepath.Join(parent, "state")
	synctest.Test(t, func(t *testing.T) {
		s := open(t, dir)
		began := time.Now()
		for n := range 3 {
			s.Keep(vip(n), kept("a.lua"))
			s.sync()
		}
		if took := time.Since(began); took > 0 {
			t.Errorf("three writes that are waited for take %v", took)
		}
		if err := os.Rename(dir, filepath.Join(parent, "away")); err != nil {
			t.Fatal(err)
		}
		for n := range 3 {
			s.Keep(vip(n), kept("b.lua"))
			if err := s.Sync(t.Context()); err == nil || !strings.Contains(err.Error(), "no such file") {
				t.Errorf("without a folder: got %v", err)
			}
		}
		if took := time.Since(began); took > 0 {
			t.Errorf("a disk that refuses is waited for, for %v", took)
		}
		s.end()
	})
}

func TestVolatileKeepsNothing(t *testing.T) {
	s := Volatile()
	s.Keep(vip(1), kept("a.lua"))
	if s.Lasts() || s.Recall() != nil || s.Sync(t.Context()) != nil || s.Problem() != "" {
		t.Error("want nothing recalled, and no error")
	}
	ctx, stop := context.WithCancel(t.Context())
	stop()
	if err := s.Run(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("Run: got %v", err)
	}
}

func TestSyncAfterTheEnd(t *testing.T) {
	s := open(t, t.TempDir())
	s.end()
	if err := s.Sync(t.Context()); !errors.Is(err, os.ErrClosed) {
		t.Errorf("got %v", err)
	}
}
