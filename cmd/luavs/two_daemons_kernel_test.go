//go:build kernel

package main

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"luavs/engine"
)

// second starts another daemon on the same kernel, with a folder for its state
// and a socket of its own.
func (l *lab) second(policy string, flags ...string) *daemon {
	l.t.Helper()
	socket := filepath.Join(l.dir, "second.sock")
	args := append([]string{"run", "--listen", socket, "--state", filepath.Join(l.dir, "second")}, flags...)
	return (&daemon{l: l, cmd: luavs(append(args, policy)...), socket: socket}).launch()
}

// A second daemon on one kernel is refused, also with a state of its own. With
// marks of its own it is there beside the first, and each keeps its services. One
// that declares a service of the first is told of by both, as is any other
// program that changes it.
func TestKernelTwoDaemons(t *testing.T) {
	l := newLab(t)
	l.start("web1")
	l.start("web2")
	first := l.run(l.policy("web.lua", policyText(1)))
	first.serving(10*time.Second, "web1", "web2")
	table := l.sh("ipvsadm -Sn")
	other := l.policy("other.lua", `virtual_server "10.10.31.100:81" { real_server "192.168.31.101:81" {} }`)

	out, err := luavs("run", "--listen", l.dir+"/second.sock", "--state", l.dir+"/second", other).CombinedOutput()
	var exit *exec.ExitError
	if want := fmt.Sprintf("another luavs (pid %d) keeps the IPVS of this network namespace", first.cmd.Process.Pid); !errors.As(err, &exit) || exit.ExitCode() != exitFailed || !strings.Contains(string(out), want) {
		t.Errorf("a second daemon: got %v and\n%s\nwant exit code %d and %q", err, out, exitFailed, want)
	}
	if now := l.sh("ipvsadm -Sn"); now != table {
		t.Errorf("it changed the table from\n%s\nto\n%s", table, now)
	}

	second := l.second(other, "--path-marks", "7000-7999")
	eventually(t, 5*time.Second, "both keep their services", func() bool {
		return l.sh("ipvsadm -Sn") == table+"-A -t 10.10.31.100:81 -s wlc\n-a -t 10.10.31.100:81 -r 192.168.31.101:81 -m -w 1\n"
	})
	l.policy("other.lua", `virtual_server "10.10.31.100:80" { scheduler = "rr", real_server "192.168.31.103:80" {} }`)
	for _, d := range []*daemon{first, second} {
		eventually(t, 12*time.Second, "a daemon tells of the other", func() bool {
			return strings.Contains(d.logged(), "somebody else changed a service of ours")
		})
	}
	second.end()
	first.serving(10*time.Second, "web1", "web2")
}

// A user who may not change IPVS cannot keep a daemon from its start by holding
// its claim.
func TestKernelClaimOfAnotherUserIsNoReasonNotToStart(t *testing.T) {
	marks := engine.Marks{First: 1, Last: 2}
	squatter := listenAs(t, 65534, fmt.Sprintf("@luavs %v", marks))
	defer squatter.Close()
	var log bytes.Buffer
	c, err := claimKernel(marks, slog.New(slog.NewTextHandler(&log, nil)))
	if err != nil {
		t.Fatal(err)
	}
	c.release()
	if !strings.Contains(log.String(), "uid=65534") {
		t.Errorf("logged %s", log.String())
	}
}

// listenAs listens on a socket as a user.
func listenAs(t *testing.T, uid uintptr, name string) (l net.Listener) {
	t.Helper()
	done := make(chan error)
	go func() { // never unlocks: the thread, which alone is that user's, ends with the goroutine
		runtime.LockOSThread()
		if _, _, errno := unix.RawSyscall(unix.SYS_SETRESUID, ^uintptr(0), uid, ^uintptr(0)); errno != 0 {
			done <- syscall.Errno(errno)
			return
		}
		var err error
		l, err = net.Listen("unix", name)
		done <- err
	}()
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	return l
}
