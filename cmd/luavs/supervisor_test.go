package main

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"
)

// manager listens as systemd does.
type manager struct {
	t    *testing.T
	conn *net.UnixConn
}

func newManager(t *testing.T, addr string) *manager {
	t.Helper()
	conn, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: addr, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	conn.SetReadDeadline(time.Now().Add(20 * time.Second))
	return &manager{t, conn}
}

// hears waits for a datagram that begins so, and returns it.
func (m *manager) hears(begin string) string {
	m.t.Helper()
	var others []string
	for {
		text := make([]byte, 4096)
		n, err := m.conn.Read(text)
		if err != nil {
			m.t.Fatalf("waiting for %s: %v; was told %q", begin, err, others)
		}
		if strings.HasPrefix(string(text[:n]), begin) {
			return string(text[:n])
		}
		others = append(others, string(text[:n]))
	}
}

// start starts the test binary as a daemon of the manager.
func (m *manager) start(addr string, args ...string) *exec.Cmd {
	m.t.Helper()
	return m.startWith(m.t.Output(), addr, args...)
}

// startWith starts it with a reader of its log.
func (m *manager) startWith(log io.Writer, addr string, args ...string) *exec.Cmd {
	m.t.Helper()
	cmd := exec.Command(os.Args[0], append([]string{"run", "--dataplane", "memory", "--listen", filepath.Join(m.t.TempDir(), "d.sock")}, args...)...)
	cmd.Env = append(os.Environ(), "LUAVS_TEST_MAIN=1", "NOTIFY_SOCKET="+addr, "WATCHDOG_USEC=300000",
		"GORACE=atexit_sleep_ms=0") // the race detector waits for a second at the end
	cmd.Stderr = log
	if err := cmd.Start(); err != nil {
		m.t.Fatal(err)
	}
	m.t.Cleanup(func() {
		if cmd.ProcessState == nil {
			cmd.Process.Kill()
			cmd.Wait()
		}
	})
	return cmd
}

func policyFile(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "policy.lua")
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestTheSupervisorIsTold(t *testing.T) {
	for name, addr := range map[string]string{
		"a socket in the file system": filepath.Join(t.TempDir(), "notify.sock"),
		"an abstract socket":          "@luavs-test-" + strconv.Itoa(os.Getpid()),
	} {
		t.Run(name, func(t *testing.T) {
			m := newManager(t, addr)
			path := policyFile(t, `virtual_server "10.0.0.1:80" { real_server "192.168.0.1:80" {} }`)
			cmd := m.start(addr, path)
			if got, want := m.hears("READY=1"), "READY=1\nSTATUS=1 policy file, 1 virtual server"; got != want {
				t.Errorf("got %q, want %q", got, want)
			}
			m.hears("WATCHDOG=1")
			m.hears("WATCHDOG=1")
			os.WriteFile(path, []byte("oops"), 0o644)
			cmd.Process.Signal(syscall.SIGHUP)
			if got := m.hears("RELOADING=1"); !strings.Contains(got, "\nMONOTONIC_USEC=") {
				t.Errorf("got %q", got)
			}
			if got := m.hears("READY=1"); !strings.Contains(got, "1 file not in force as they are") {
				t.Errorf("got %q", got)
			}
			// Nor does it take a signal.
			os.WriteFile(path, []byte(`
virtual_server "10.0.0.1:80" { real_server "192.168.0.1:80" {} }
virtual_server "10.0.0.2:80" { real_server "192.168.0.1:80" {} }`), 0o644)
			m.hears("STATUS=1 policy file, 2 virtual servers")
			os.WriteFile(path, []byte("oops again"), 0o644)
			m.hears("STATUS=1 policy file, 2 virtual servers; 1 file not in force as they are")
			cmd.Process.Signal(syscall.SIGTERM)
			m.hears("STOPPING=1")
			if err := cmd.Wait(); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestTheWatchdogHearsNothingOfADaemonThatStandsStill(t *testing.T) {
	addr := filepath.Join(t.TempDir(), "notify.sock")
	m := newManager(t, addr)
	synctest.Test(t, func(t *testing.T) {
		v := &supervisor{log: slog.New(slog.DiscardHandler), addr: addr, within: 3 * time.Second}
		ctx, stop := context.WithCancel(t.Context())
		turns := make(chan struct{})
		ended := make(chan error, 1)
		go func() {
			ended <- v.watch(ctx, func(context.Context) error { <-turns; return nil })
		}()
		time.Sleep(time.Minute)
		synctest.Wait()
		v.tell("MARK=1")
		if got := m.hears(""); got != "MARK=1" {
			t.Errorf("of a daemon that stands still: got %q", got)
		}
		turns <- struct{}{}
		m.hears("WATCHDOG=1")
		stop()
		close(turns)
		if err := <-ended; !errors.Is(err, context.Canceled) {
			t.Errorf("got %v", err)
		}
	})
}

func TestTheSupervisorIsReadFromTheEnvironment(t *testing.T) {
	for _, tt := range []struct {
		name, usec, pid string
		want            time.Duration
	}{
		{"no watchdog", "", "", 0},
		{"a watchdog", "3000000", "", 3 * time.Second},
		{"one of this process", "3000000", strconv.Itoa(os.Getpid()), 3 * time.Second},
		{"one of another process", "3000000", "1", 0},
		{"nonsense", "soon", "", 0},
		{"no time", "0", "", 0},
	} {
		t.Setenv("NOTIFY_SOCKET", "/run/notify")
		t.Setenv("WATCHDOG_USEC", tt.usec)
		t.Setenv("WATCHDOG_PID", tt.pid)
		v := newSupervisor(nil)
		if v.within != tt.want || v.addr != "/run/notify" {
			t.Errorf("%s: got %v at %q, want %v", tt.name, v.within, v.addr, tt.want)
		}
		if _, set := os.LookupEnv("NOTIFY_SOCKET"); set {
			t.Errorf("%s: children inherit NOTIFY_SOCKET", tt.name)
		}
	}
}

// A policy that does all it can to go on does not keep the daemon from its end, nor
// does a supervisor that does not listen. Of the two seconds it may wait for all but
// a quarter, which a busy machine may take for itself: the best of three counts.
func TestTheDaemonEndsWithinTwoSeconds(t *testing.T) {
	for name, before := range map[string]func(m *manager, addr string){
		"of a supervisor that listens": func(*manager, string) {},
		"of one that does not":         (*manager).fill,
	} {
		t.Run(name, func(t *testing.T) {
			var took []time.Duration
			for range 3 {
				took = append(took, endOfADeafDaemon(t, before))
				if slices.Min(took) <= 2*time.Second {
					return
				}
			}
			t.Errorf("took %v", took)
		})
	}
}

// fill sends until the manager's socket takes nothing more.
func (m *manager) fill(addr string) {
	m.t.Helper()
	c, err := net.DialUnix("unixgram", nil, &net.UnixAddr{Name: addr, Net: "unixgram"})
	if err != nil {
		m.t.Fatal(err)
	}
	defer c.Close()
	for err == nil {
		c.SetWriteDeadline(time.Now().Add(20 * time.Millisecond))
		_, err = c.Write([]byte("FILL=1"))
	}
	if !errors.Is(err, os.ErrDeadlineExceeded) {
		m.t.Fatal(err)
	}
}

// endOfADeafDaemon returns how long a daemon with such a policy takes to end, after
// something was done to its manager.
func endOfADeafDaemon(t *testing.T, before func(m *manager, addr string)) time.Duration {
	t.Helper()
	addr := filepath.Join(t.TempDir(), "notify.sock")
	m := newManager(t, addr)
	deaf := filepath.Join(t.TempDir(), "deaf")
	if err := os.WriteFile(deaf, []byte("#!/bin/sh\ntrap '' TERM INT HUP\nwhile :; do sleep 1; done\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	cmd := m.start(addr, "--allow-exec", "--on-exit", "flush", policyFile(t, `
virtual_server "10.0.0.1:80" {
  real_server "192.168.0.1:80" {},
  real_server "192.168.0.2:80" { check = check.lua { every = "1m", timeout = "50s", function() while true do pcall(sleep, 60) end end } },
  policy = function(vs) while true do pcall(sleep, 60) end end,
}
every("100ms", function() while true do pcall(sleep, 60) end end)
every("100ms", function() while true do end end)
on("start", function() exec.run { "`+deaf+`", timeout = "1h" } end)
`))
	m.hears("READY=1")
	m.hears("WATCHDOG=1")
	m.hears("WATCHDOG=1")
	m.hears("WATCHDOG=1")
	before(m, addr)
	began := time.Now()
	cmd.Process.Signal(syscall.SIGTERM)
	if err := cmd.Wait(); err != nil {
		t.Error(err)
	}
	return time.Since(began)
}
