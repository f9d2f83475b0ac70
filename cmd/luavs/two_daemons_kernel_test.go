//go:build kernel

package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"os/exec"
	"path/filepath"
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

// A process that may not change IPVS cannot keep a daemon from its start by holding
// its claim; a daemon that is not root's does.
func TestKernelClaimOfAnotherUser(t *testing.T) {
	for _, tt := range []struct {
		name         string
		capabilities []uintptr
		refused      bool
	}{
		{name: "who may do nothing is no reason not to start"},
		{name: "nor is who may do something else", capabilities: []uintptr{unix.CAP_NET_RAW}},
		{name: "who may change IPVS is", capabilities: []uintptr{unix.CAP_NET_ADMIN}, refused: true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			marks := engine.Marks{First: 1, Last: 2}
			pid := claimAs(t, marks, 65534, tt.capabilities)
			var log bytes.Buffer
			c, err := claimKernel(marks, slog.New(slog.NewTextHandler(&log, nil)))
			if err == nil {
				c.release()
			}
			if want := fmt.Sprintf("another luavs (pid %d) keeps", pid); tt.refused && (err == nil || !strings.Contains(err.Error(), want)) {
				t.Errorf("got %v, want %q", err, want)
			}
			if !tt.refused && (err != nil || !strings.Contains(log.String(), "uid=65534")) {
				t.Errorf("got %v, and logged %s", err, log.String())
			}
		})
	}
}

// claimAs has a process of a user hold a claim until the test ends, and returns
// its id.
func claimAs(t *testing.T, marks engine.Marks, uid uint32, capabilities []uintptr) int {
	t.Helper()
	cmd := luavs()
	cmd.Env = append(cmd.Env, "LUAVS_TEST_CLAIM="+marks.String())
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uid, Gid: uid}, AmbientCaps: capabilities}
	cmd.Stderr = t.Output()
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		in.Close()
		cmd.Wait()
	})
	if line, err := bufio.NewReader(out).ReadString('\n'); line != "claimed\n" {
		t.Fatalf("it says %q, %v", line, err)
	}
	return cmd.Process.Pid
}

// The daemon of docs/luavs.service is not root's; a second one that root starts is
// refused all the same.
func TestKernelSecondDaemonOfRootBesideOneOfAnotherUser(t *testing.T) {
	l := newLab(t)
	l.start("web1")
	home, first := l.runWithoutRoot(policyText(1), "+net_admin")
	first.serving(10*time.Second, "web1")
	out, err := luavs("run", "--listen", l.dir+"/second.sock", "--state", l.dir+"/second", filepath.Join(home, "policy.lua")).CombinedOutput()
	if want := fmt.Sprintf("another luavs (pid %d) keeps the IPVS", first.cmd.Process.Pid); err == nil || !strings.Contains(string(out), want) {
		t.Errorf("got %v and\n%s\nwant %q", err, out, want)
	}
}
