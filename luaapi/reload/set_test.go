package reload

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"luavs/engine"
	"luavs/ipvs"
	"luavs/luaapi"
)

// service is a policy for 10.0.0.n:80 with one server of a weight.
func service(n, weight int) string {
	return fmt.Sprintf("virtual_server '10.0.0.%d:80' { real_server '192.168.0.1:80' { weight = %d } }\n", n, weight)
}

func TestChangedFilesAreReloaded(t *testing.T) {
	d := newDesk(t, map[string]string{"web.lua": service(1, 1)}, "web.lua")
	d.holds("1=1")
	d.write("web.lua", service(1, 5))
	d.holds("1=5")

	// Written in place, as a simple copy does.
	if err := os.WriteFile(filepath.Join(d.dir, "web.lua"), []byte(service(2, 7)), 0o644); err != nil {
		t.Fatal(err)
	}
	d.holds("2=7")
}

func TestFilesBesideThePolicyAreReloadedWithIt(t *testing.T) {
	d := newDesk(t, map[string]string{
		"web.lua":  "for _, s in ipairs(data.load 'web.csv') do virtual_server(s.vip .. ':80') { real_server '192.168.0.1:80' { weight = s.weight } } end",
		"web.csv":  "vip,weight\n10.0.0.1,1\n",
		"rest.csv": "x\n",
	}, "web.lua")
	d.holds("1=1")
	d.write("web.csv", "vip,weight\n10.0.0.1,5\n10.0.0.2,1\n")
	d.holds("1=5 2=1")
	d.write("web.csv", "vip,weight\n10.0.0.1\n")
	d.problem("wrong number of fields")
	d.holds("1=5 2=1")
	d.remove("web.csv")
	d.problem("there is no file")
	d.holds("1=5 2=1")
	d.write("web.csv", "vip,weight\n10.0.0.1,7\n")
	d.problem("")
	d.holds("1=7")
}

func TestMistakesKeepTheOldPolicyUntilTheyAreMended(t *testing.T) {
	d := newDesk(t, map[string]string{"web.lua": service(1, 1)}, "web.lua")
	for _, tt := range []struct{ name, text, problem string }{
		{"a missing brace", strings.TrimSuffix(service(1, 2), "}\n"), "web.lua:1"},
		{"an unknown field", "virtual_server '10.0.0.1:80' { wight = 1 }", "web.lua:1"},
		{"an error while it loads", "error('no')", "web.lua:1"},
		{"an empty file", "\n  \n", "the file is empty"},
	} {
		d.write("web.lua", tt.text)
		d.problem(tt.problem)
		d.holds("1=1")
	}
	d.remove("web.lua")
	d.problem("no such file")
	d.holds("1=1")
	d.write("web.lua", service(1, 3))
	d.problem("")
	d.holds("1=3")
}

func TestFolderFollowsItsFiles(t *testing.T) {
	d := newDesk(t, map[string]string{"p/a.lua": service(1, 1), "p/b.lua": service(2, 1)}, "p")
	d.holds("1=1 2=1")
	d.write("p/c.lua", service(3, 1))
	d.holds("1=1 2=1 3=1")
	d.remove("p/a.lua")
	d.holds("2=1 3=1")
	d.write("p/notes.txt", "not a policy")
	d.write("p/.hidden.lua", "not a policy either")

	// A second claim on a service is refused, and granted once it is free.
	d.write("p/d.lua", service(2, 9))
	d.problem("belongs to policy")
	d.holds("2=1 3=1")
	d.remove("p/b.lua")
	d.holds("2=9 3=1")
	d.problem("")
}

func TestFolderThatIsEmptyOrGoneGivesUpNothing(t *testing.T) {
	d := newDesk(t, map[string]string{"p/a.lua": service(1, 1)}, "p")
	d.remove("p/a.lua")
	d.problem("no *.lua files")
	d.holds("1=1")
	if err := os.Remove(filepath.Join(d.dir, "p")); err != nil {
		t.Fatal(err)
	}
	if err := d.set.Reload(t.Context()); err == nil {
		t.Error("Reload of a folder that is gone is no error")
	}
	d.holds("1=1")
}

// Config management and Kubernetes put a new version in place by swapping a
// symbolic link.
func TestSwappedSymbolicLinkIsAChange(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{"v1": service(1, 1), "v2": service(1, 2)} {
		if err := os.MkdirAll(filepath.Join(dir, name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name, "web.lua"), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	link := func(to string) {
		tmp := filepath.Join(dir, "next")
		if err := os.Symlink(to, tmp); err != nil {
			t.Fatal(err)
		}
		if err := os.Rename(tmp, filepath.Join(dir, "now")); err != nil {
			t.Fatal(err)
		}
	}
	link("v1")
	d := newDesk(t, nil, mustRel(t, filepath.Join(dir, "now", "web.lua")))
	d.holds("1=1")
	link("v2")
	d.holds("1=2")
}

// mustRel returns a path as seen from any folder two levels below the root of
// temporary folders, where a desk joins it to its own.
func mustRel(t *testing.T, path string) string {
	t.Helper()
	return filepath.Join("..", "..", "..", "..", "..", "..", "..", path)
}

func TestReloadLoadsUnchangedFilesToo(t *testing.T) {
	d := newDesk(t, map[string]string{"web.lua": service(1, 1)}, "web.lua")
	file := filepath.Join(d.dir, "web.lua")
	inForce := func() (p *Policy) {
		d.inRun(func(context.Context) error { p = d.set.inForce[file]; return nil })
		return p
	}
	old := inForce()
	if err := d.set.Reload(t.Context()); err != nil {
		t.Fatal(err)
	}
	if now := inForce(); now == old || now == nil {
		t.Error("the policy was not loaded anew")
	}
}

func TestMissingFileDoesNotKeepOthersFromBeingReloaded(t *testing.T) {
	d := newDesk(t, map[string]string{"a.lua": service(1, 1), "b.lua": service(2, 1)}, "a.lua", "b.lua")
	d.remove("a.lua")
	d.write("b.lua", service(2, 8))
	d.holds("1=1 2=8")
	d.problem("a.lua: no such file")
}

func TestStartRefusesTheWholeIfOneFileIsBroken(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{"a.lua": service(1, 1), "b.lua": "x =", "c.lua": "virtual_server 'here' {}"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	kernel := ipvs.NewMemory()
	log := slog.New(slog.DiscardHandler)
	e := engine.New(kernel, log)
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- e.Run(ctx) }()
	err := New([]string{dir}, e, luaapi.Options{Kernel: kernel, Log: log}).Start(ctx)
	if err == nil || !strings.Contains(err.Error(), "b.lua:1") || !strings.Contains(err.Error(), "c.lua:1") {
		t.Errorf("got %v, want the mistakes of b.lua and c.lua", err)
	}
	if table := kernel.String(); table != "" {
		t.Errorf("the kernel holds\n%s", table)
	}
	stop()
	<-ended
}

// TestProblemsDoNotWaitForALoad has a policy say that it is being loaded, and
// never end; then nothing is wrong yet, and nothing once it was called off.
func TestProblemsDoNotWaitForALoad(t *testing.T) {
	file := filepath.Join(t.TempDir(), "slow.lua")
	if err := os.WriteFile(file, []byte("print 'begun' while true do end"), 0o644); err != nil {
		t.Fatal(err)
	}
	var logged strings.Builder
	began := make(chan struct{}, 1)
	set := New([]string{file}, engine.New(ipvs.NewMemory(), slog.New(slog.DiscardHandler)), luaapi.Options{
		Log: slog.New(slog.NewTextHandler(&logged, nil)), Print: func(string) { began <- struct{}{} },
	})
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- set.Run(ctx) }()
	<-began
	if got := set.Problems(); len(got) > 0 {
		t.Errorf("problems %q", got)
	}
	stop()
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Errorf("Run: got %v", err)
	}
	if strings.Contains(logged.String(), "ERROR") {
		t.Errorf("logged:\n%s", logged.String())
	}
}

// A daemon of root takes no orders from a file that others can write; another
// user's daemon can do no more than that user.
func TestAFileThatOthersCanWriteIsRefused(t *testing.T) {
	d := newDesk(t, map[string]string{"web.lua": service(1, 1), "api.lua": service(2, 1)}, ".")
	if err := os.Chmod(filepath.Join(d.dir, "web.lua"), 0o666); err != nil {
		t.Fatal(err)
	}
	err := d.set.Reload(t.Context())
	if os.Geteuid() != 0 {
		if err != nil {
			t.Error(err)
		}
		return
	}
	if err == nil || !strings.Contains(err.Error(), "web.lua can be written by others (-rw-rw-rw-), who could change what a daemon of root does: chmod go-w ") {
		t.Errorf("got %v", err)
	}
	d.holds("1=1 2=1")
	d.problem("can be written by others")
	err = New([]string{d.dir}, d.engine, luaapi.Options{Kernel: d.kernel, Log: slog.New(slog.DiscardHandler)}).Start(t.Context())
	if err == nil || !strings.Contains(err.Error(), "chmod go-w") {
		t.Errorf("a start with it: %v", err)
	}
}

func TestAChangeOfARequiredFileIsAChangeOfThePolicy(t *testing.T) {
	const farm = "return function(n, w) virtual_server('10.0.0.' .. n .. ':80') { real_server '192.168.0.1:80' { weight = w } } end"
	d := newDesk(t, map[string]string{
		"web.lua": "require 'lib.farm'(1, require 'weight')", "lib/farm.lua": farm, "weight.lua": "return 3",
	}, "web.lua")
	d.holds("1=3")
	d.write("weight.lua", "return 4")
	d.holds("1=4")
	d.write("lib/farm.lua", strings.Replace(farm, "weight = w", "weight = w * 2", 1))
	d.holds("1=8")

	d.write("lib/farm.lua", farm+" end")
	d.problem("lib/farm.lua:1")
	d.holds("1=8")
	d.remove("lib/farm.lua")
	d.problem("there is no file")
	d.holds("1=8")
	d.write("lib/farm.lua", farm)
	d.problem("")
	d.holds("1=4")
}

// TestReplacedPoliciesAreCollected: nothing keeps a policy that was replaced,
// with all its code and what that held.
func TestReplacedPoliciesAreCollected(t *testing.T) {
	const busy = `
local kept = {}
every("10ms", function() kept[#kept + 1] = { #kept } sleep("1h") end)
on("start", function() spawn(function() sleep("1h") end) pcall(sleep, "1h") end)
on("reload", function() after("1h", function() end) sleep("1h") end)
`
	d := newDesk(t, map[string]string{"web.lua": service(1, 1) + busy}, "web.lua")
	const times = 10
	collected := make(chan bool, times)
	for range times {
		d.inRun(func(context.Context) error {
			for _, p := range d.set.inForce {
				runtime.AddCleanup(p.Policy, func(bool) { collected <- true }, true)
			}
			return nil
		})
		if err := d.set.Reload(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	for n := 0; n < times; {
		runtime.GC()
		select {
		case <-collected:
			n++
		case <-time.After(20 * time.Second):
			t.Fatalf("%d of %d policies were collected", n, times)
		}
	}
}
