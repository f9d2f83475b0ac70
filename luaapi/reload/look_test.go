package reload

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"luavs/luaapi/beside"
)

// Files that nobody reports on are looked at all the same.
func TestFilesAreLookedAtWithoutAWatch(t *testing.T) {
	t.Parallel()
	d := newDesk(t, map[string]string{
		"p/web.lua": "virtual_server '10.0.0.1:80' { real_server '192.168.0.1:80' { weight = tonumber(data.load('web.txt')[1]) } }", "p/web.txt": "1",
	}, "p")
	d.holds("1=1")
	d.inRun(func(context.Context) error {
		d.set.watcher.end()
		<-d.set.watcher.ended
		return nil
	})
	d.write("p/web.txt", "5")
	d.holds("1=5")
	d.write("p/other.lua", service(2, 1))
	d.holds("1=5 2=1")
}

// What is as it was is not loaded, nor is its folder looked through.
func TestNothingIsStaleUntilSomethingChanges(t *testing.T) {
	d := newDesk(t, map[string]string{
		"web.lua": service(1, 1) + "assert(data.load('web.txt')[1] == 'good')", "web.txt": "good",
	}, "web.lua")
	changes := []struct {
		name  string
		do    func()
		stale bool
	}{
		{"nothing", func() {}, false},
		{"the same text", func() { d.write("web.txt", "good") }, false},
		{"another file", func() { d.write("other.txt", "x") }, false},
		{"a file beside it", func() { d.write("web.txt", "bad") }, true},
		{"the file beside it, which was wrong before", func() { d.write("web.txt", "worse") }, true},
		{"the rights of the file", func() { must(t, os.Chmod(filepath.Join(d.dir, "web.lua"), 0o666)) }, os.Geteuid() == 0},
		{"the text", func() { d.write("web.lua", service(1, 2)) }, true},
		{"the file is gone", func() { d.remove("web.lua") }, true},
	}
	d.inRun(func(ctx context.Context) error {
		for _, tt := range changes {
			d.set.reload(ctx, false)
			d.set.reload(ctx, false) // which knows what the first one has read
			if tt.do(); d.set.stale() != tt.stale {
				t.Errorf("%s: stale is %v", tt.name, !tt.stale)
			}
		}
		return nil
	})
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// A ConfigMap of Kubernetes is a folder of links by way of one that is swapped.
func TestAConfigMapIsReloadedWhole(t *testing.T) {
	path := configMap(t, "require 'farm'(1)")
	d := newDesk(t, nil, mustRel(t, path))
	d.holds("1=1")
	for _, tt := range []struct{ policy, farm, want string }{
		{"require 'farm'(2)", farmFile, "1=2"},
		{"require 'farm'(2)", strings.Replace(farmFile, "weight = w", "weight = w * 3", 1), "1=6"},
		{"require 'farm'(4)", farmFile, "1=4"},
	} {
		swapData(t, filepath.Dir(path), tt.policy, tt.farm)
		d.holds(tt.want)
	}
	d.problem("")
}

const farmFile = "return function(w) virtual_server('10.0.0.1:80') { real_server '192.168.0.1:80' { weight = w } } end"

// configMap makes a folder with a policy and a file beside it, as kubelet does, and
// returns the path of the policy.
func configMap(t *testing.T, policy string) string {
	t.Helper()
	dir := t.TempDir()
	swapData(t, dir, policy, farmFile)
	for _, name := range []string{"web.lua", "farm.lua"} {
		must(t, os.Symlink(filepath.Join("..data", name), filepath.Join(dir, name)))
	}
	return filepath.Join(dir, "web.lua")
}

// swapData puts other texts in the place of those of a ConfigMap.
func swapData(t *testing.T, dir, policy, farm string) {
	t.Helper()
	version, err := os.MkdirTemp(dir, "..v")
	must(t, errors.Join(err, os.Chmod(version, 0o755)))
	must(t, os.WriteFile(filepath.Join(version, "web.lua"), []byte(policy), 0o644))
	must(t, os.WriteFile(filepath.Join(version, "farm.lua"), []byte(farm), 0o644))
	must(t, os.Symlink(filepath.Base(version), filepath.Join(dir, "..data_tmp")))
	must(t, os.Rename(filepath.Join(dir, "..data_tmp"), filepath.Join(dir, "..data")))
}

// Who puts a new text in the place of another may take the old one away first: a
// file is given up only if it is gone at two looks.
func TestAFileThatIsGoneForAMomentGivesUpNothing(t *testing.T) {
	const kept = "on('start', function() store.set('kept', 1) end)\n"
	d := newDesk(t, map[string]string{"p/a.lua": service(1, 1) + kept, "p/b.lua": service(2, 1)}, "p")
	d.holds("1=1 2=1")
	values := d.set.options.Store.Values(filepath.Join(d.dir, "p/a.lua"))
	d.wait("a value is kept", func() (string, bool) { _, ok := values.Get("kept"); return "", ok })
	d.logged.Take()
	d.inRun(func(ctx context.Context) error {
		d.remove("p/a.lua")
		return d.reloadAround(ctx, func() { d.write("p/a.lua", service(1, 5)) })
	})
	if text := d.logged.String(); strings.Contains(text, "is gone") || strings.Count(text, "msg=kernel") != 1 {
		t.Errorf("logged:\n%s", text)
	}
	if _, ok := values.Get("kept"); !ok {
		t.Error("what it had kept is forgotten")
	}
	d.holds("1=5 2=1")

	// Gone for good.
	d.inRun(func(ctx context.Context) error {
		d.remove("p/a.lua")
		return d.reloadAround(ctx, func() {
			if got := d.table(); got != "1=5 2=1" {
				t.Errorf("after one look the kernel holds %s", got)
			}
		})
	})
	d.holds("2=1")
	if _, ok := values.Get("kept"); ok {
		t.Error("what it had kept is not forgotten")
	}
}

// reloadAround reloads, and runs f while that waits for quiet, which comes then. It
// is for the goroutine of Run.
func (d *desk) reloadAround(ctx context.Context, f func()) error {
	l := newLull()
	l.timer = time.AfterFunc(time.Hour, func() {}) // tells nothing by itself
	ended := make(chan struct{})
	var waiting sync.WaitGroup
	waiting.Go(func() {
		for {
			select {
			case <-ended:
				d.t.Error("the reload did not wait")
				return
			default:
			}
			l.mu.Lock()
			waits := !l.since.IsZero()
			l.mu.Unlock()
			if waits {
				f()
				l.tell()
				return
			}
		}
	})
	watched := d.set.watcher
	d.set.watcher = &watcher{lull: l}
	err := d.set.reload(ctx, false)
	d.set.watcher = watched
	close(ended)
	waiting.Wait()
	l.close()
	return err
}

// TestARefusedTextIsLoadedOnce counts what a text prints that has a mistake: it is
// tried again when it, or what it reads, is another, when somebody asks, and after a
// while.
func TestARefusedTextIsLoadedOnce(t *testing.T) {
	var printed atomic.Int64
	d := newPrintingDesk(t, func(string) { printed.Add(1) }, map[string]string{"web.lua": service(1, 1), "web.txt": "1"}, "web.lua")
	look := func(ctx context.Context) error { d.set.reload(ctx, false); return nil }
	for _, tt := range []struct {
		name           string
		do             func(ctx context.Context) error
		loads, refused int // since before
	}{
		{"it comes", func(ctx context.Context) error {
			d.write("web.lua", "print 'text'\nif data.load('web.txt')[1] == '1' then error('no') end\n"+service(1, 2))
			return look(ctx)
		}, 1, 1},
		{"it is looked at again", look, 0, 0},
		{"somebody asks", func(ctx context.Context) error { d.set.reload(ctx, true); return nil }, 1, 0},
		{"it is looked at after that", look, 0, 0},
		{"it is another text", func(ctx context.Context) error {
			d.write("web.lua", "print 'other text'\nerror('no' .. #data.load('none.txt'))")
			return look(ctx)
		}, 1, 1},
		{"it is looked at, too", look, 0, 0},
		{"what it lacks has come", func(ctx context.Context) error { d.write("none.txt", "x"); return look(ctx) }, 1, 0},
		{"a minute has passed", func(ctx context.Context) error {
			for _, r := range d.set.refusals {
				r.at = r.at.Add(-retryAfter)
			}
			if !d.set.stale() {
				t.Error("nobody would look")
			}
			return look(ctx)
		}, 1, 0},
	} {
		_, refusedBefore := d.set.Loads()
		before := printed.Load()
		d.inRun(tt.do)
		_, refused := d.set.Loads()
		if loads := printed.Load() - before; loads != int64(tt.loads) || refused-refusedBefore != uint64(tt.refused) {
			t.Errorf("%s: loaded %d times, %d refused; want %d and %d", tt.name, loads, refused-refusedBefore, tt.loads, tt.refused)
		}
		d.problem("web.lua:2")
	}
	d.write("web.lua", service(1, 3))
	d.holds("1=3")
	d.problem("")
}

func TestRefusalsStand(t *testing.T) {
	sum := beside.Sum{1}
	for _, tt := range []struct {
		name string
		r    *refusal
		want bool
	}{
		{"there is none", nil, false},
		{"the same text", &refusal{sum: sum, at: time.Now()}, true},
		{"another text", &refusal{sum: beside.Sum{2}, at: time.Now()}, false},
		{"long ago", &refusal{sum: sum, at: time.Now().Add(-retryAfter)}, false},
	} {
		if got := tt.r.stands(sum); got != tt.want {
			t.Errorf("%s: got %v", tt.name, got)
		}
	}
}
