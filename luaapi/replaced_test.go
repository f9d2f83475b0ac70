package luaapi

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	goruntime "runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"luavs/engine"
	"luavs/ipvs"
)

// putInForce puts a policy in force in real time, and returns what replaces it
// with one that does nothing, without closing it.
func putInForce(t *testing.T, src string, o Options) (p *Policy, kernel *ipvs.Memory, replace func()) {
	t.Helper()
	kernel = ipvs.NewMemory()
	o.Kernel, o.Log = kernel, slog.New(slog.NewTextHandler(t.Output(), nil))
	e := engine.New(kernel, quiet)
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error)
	go func() { ended <- e.Run(ctx) }()
	t.Cleanup(func() { stop(); <-ended })
	force := func(src string) *Policy {
		p := load(t, "policy.lua", src, o)
		if err := e.Load(t.Context(), p.Config()); err != nil {
			t.Fatal(err)
		}
		return p
	}
	return force(src), kernel, func() { force(`on("start", function() end)`) }
}

// closeNow closes a policy, which must not take long.
func closeNow(t *testing.T, p *Policy) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
	defer cancel()
	if err := p.Close(ctx); err != nil {
		t.Errorf("close: %v", err)
	}
}

// until waits for something to become so.
func until(t *testing.T, what string, so func() bool) {
	t.Helper()
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for end := time.Now().Add(20 * time.Second); !so(); <-tick.C {
		if time.Now().After(end) {
			t.Fatalf("never: %s", what)
		}
	}
}

// TestAProgramInFlightEndsWithItsPolicy has a program start another one, which
// must not outlive the policy either.
func TestAProgramInFlightEndsWithItsPolicy(t *testing.T) {
	file := filepath.Join(t.TempDir(), "pid")
	p, _, replace := putInForce(t, `
every("10ms", function()
  exec.run { "/bin/sh", "-c", "trap '' TERM; sleep 1000 & echo $! > `+file+`.new; mv `+file+`.new `+file+`; wait", timeout = "1h" }
end)`, Options{})
	pid := 0
	until(t, "the program runs", func() bool {
		text, _ := os.ReadFile(file)
		pid, _ = strconv.Atoi(strings.TrimSpace(string(text)))
		return pid > 0
	})
	replace()
	closeNow(t, p)
	until(t, "the program's child is gone", func() bool { return gone(pid) })
}

// gone tells whether a process has ended; one that nobody has waited for has,
// too.
func gone(pid int) bool {
	if syscall.Kill(pid, 0) == syscall.ESRCH {
		return true
	}
	stat, _ := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	_, rest, _ := strings.Cut(string(stat), ") ")
	return strings.HasPrefix(rest, "Z")
}

func TestARequestInFlightEndsWithItsPolicy(t *testing.T) {
	begun, ended := make(chan bool, 1), make(chan bool, 1)
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		begun <- true
		<-r.Context().Done()
		ended <- true
	}))
	t.Cleanup(server.Close)
	p, _, replace := putInForce(t, `on("start", function() http.get("`+server.URL+`", { timeout = "1h" }) end)`, Options{})
	<-begun
	replace()
	closeNow(t, p)
	<-ended
}

// TestCodeThatWasReplacedChangesNothing has the old code try everything again
// and again, before and while it is closed.
func TestCodeThatWasReplacedChangesNothing(t *testing.T) {
	p, kernel, replace := putInForce(t, `
local web = virtual_server "10.0.0.1:80" { real_server "192.168.0.1:80" }
local function try_all(n)
  pcall(function() web.servers[1].weight = n % 100 end)
  pcall(function() ipvs.service { addr = "10.9.9.9:" .. n % 60000 + 1, scheduler = "rr" }:add() end)
  pcall(function() ipvs.batch(function() ipvs.service { addr = "10.9.8.8:" .. n % 60000 + 1, scheduler = "rr" }:add() end) end)
  pcall(every, "1s", function() end)
  pcall(spawn, function() end)
end
local function forever()
  local n = 0
  while true do n = n + 1 try_all(n) pcall(sleep, 0.0001) end
end
on("start", forever)
every("50ms", forever)
after(0, function() spawn(forever) end)`, Options{})
	until(t, "the old code is at work", func() bool {
		table, err := kernel.Table()
		return err == nil && len(table) > 10
	})
	replace()
	before := kernel.String()
	for range 1000 { // turns for the old code
		goruntime.Gosched()
	}
	closeNow(t, p)
	if after := kernel.String(); after != before {
		t.Errorf("before\n%s\nafter\n%s", before, after)
	}
}
