package main

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"luavs/engine"
	"luavs/engine/admin"
)

// TestStoppedDaemonTakesNoServerDownWhenItGoesOn stops the program while servers
// are being asked, for far longer than they may take to answer. One fail would take
// a server down.
func TestStoppedDaemonTakesNoServerDownWhenItGoesOn(t *testing.T) {
	server, dir := startMute(t), t.TempDir()
	policy, socket, logFile := filepath.Join(dir, "web.lua"), filepath.Join(dir, "d.sock"), filepath.Join(dir, "log")
	write := os.WriteFile(policy, fmt.Appendf(nil, `
local web = { check = check.http { every = "3s", timeout = "3s", rise = 1, fall = 1 } }
for i = 1, 20 do web[i] = real_server("127.0.0." .. i .. ":%d") end
virtual_server "10.0.0.1:80" (web)
`, server.port), 0o600)
	log, err := os.Create(logFile)
	if write != nil || err != nil {
		t.Fatal(write, err)
	}
	defer log.Close()
	cmd := exec.Command(os.Args[0], "run", "--dataplane", "memory", "--listen", socket, policy)
	cmd.Env = append(os.Environ(), "LUAVS_TEST_MAIN=1")
	cmd.Stderr = log
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { cmd.Process.Kill(); cmd.Wait() })
	allUp := func(runs uint64) {
		t.Helper()
		until(t, func() bool {
			status, err := admin.NewClient(socket).Status(context.Background())
			return err == nil && upAfter(status, runs)
		}, logFile)
	}
	allUp(1)
	server.silent.Store(true)
	until(t, func() bool { return server.ignored.Load() >= 3 }, logFile)
	cmd.Process.Signal(syscall.SIGSTOP)
	server.silent.Store(false)
	<-time.After(7 * time.Second)
	cmd.Process.Signal(syscall.SIGCONT)
	allUp(4)
	text, err := os.ReadFile(logFile)
	if err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(string(text), "time stood still"); n == 0 {
		t.Errorf("the standstill was not noticed:\n%s", text)
	}
	if strings.Contains(string(text), "server down") {
		t.Errorf("the standstill took servers down:\n%s", text)
	}
}

// mute is a web server that can be made to answer nothing.
type mute struct {
	port    int
	silent  atomic.Bool
	ignored atomic.Int32 // requests
}

func startMute(t *testing.T) *mute {
	l, err := net.Listen("tcp", "0.0.0.0:0")
	if err != nil {
		t.Fatal(err)
	}
	m := &mute{port: l.Addr().(*net.TCPAddr).Port}
	s := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if m.silent.Load() {
			m.ignored.Add(1)
			<-r.Context().Done()
		}
	})}
	go s.Serve(l)
	t.Cleanup(func() { s.Close() })
	return m
}

// upAfter tells whether each server is up and was asked so often.
func upAfter(status engine.Status, runs uint64) bool {
	n := 0
	for _, p := range status.Policies {
		for _, srv := range p.Services[0].Servers {
			if srv.State == engine.StateUp && srv.Checks[0].Runs >= runs {
				n++
			}
		}
	}
	return n == 20
}

// until waits until a thing is so.
func until(t *testing.T, so func() bool, logFile string) {
	t.Helper()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for deadline := time.Now().Add(30 * time.Second); !so(); <-tick.C {
		if time.Now().After(deadline) {
			text, _ := os.ReadFile(logFile)
			t.Fatalf("not within 30 s; the log:\n%s", text)
		}
	}
}
