//go:build kernel

package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"
)

// daemon is a luavs run beside the test.
type daemon struct {
	l      *lab
	cmd    *exec.Cmd
	socket string
	log    string // path of a file, of this launch alone
}

// logged returns what the daemon has logged since it was launched.
func (d *daemon) logged() string {
	text, err := os.ReadFile(d.log)
	if err != nil {
		d.l.t.Fatal(err)
	}
	return string(text)
}

// luavs returns the command with arguments: this test binary, which is luavs
// when it is told so (TestMain).
func luavs(args ...string) *exec.Cmd {
	cmd := exec.Command("/proc/self/exe", args...)
	cmd.Env = append(os.Environ(), "LUAVS_TEST_MAIN=1")
	return cmd
}

// run starts a daemon with a policy, on the state of the one before, and waits
// until it answers.
func (l *lab) run(policy string, flags ...string) *daemon {
	l.t.Helper()
	socket := filepath.Join(l.dir, "luavs.sock")
	args := append([]string{"run", "--listen", socket, "--state", filepath.Join(l.dir, "state")}, flags...)
	return l.watch(luavs(append(args, policy)...), socket)
}

// watch starts a daemon, and waits until it answers.
func (l *lab) watch(cmd *exec.Cmd, socket string) *daemon {
	l.t.Helper()
	return (&daemon{l: l, cmd: cmd, socket: socket}).launch()
}

// launch starts the daemon, and waits until it answers.
func (d *daemon) launch() *daemon {
	t := d.l.t
	t.Helper()
	d.l.launches++
	d.log = filepath.Join(d.l.dir, fmt.Sprintf("luavs-%d.log", d.l.launches))
	log, err := os.Create(d.log)
	if err != nil {
		t.Fatal(err)
	}
	defer log.Close()
	d.cmd.Stderr = log
	if err := d.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	launched := *d // d may be launched again
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("%s:\n%s", launched.log, launched.logged())
		}
	})
	t.Cleanup(d.end)
	eventually(t, 10*time.Second, "the daemon answers", func() bool {
		status, err := d.status()
		return err == nil && len(status.Policies) > 0
	})
	return d
}

// end ends the daemon as systemd would, and expects it to go well.
func (d *daemon) end() {
	if d.cmd.ProcessState != nil {
		return
	}
	d.cmd.Process.Signal(syscall.SIGTERM)
	if err := d.cmd.Wait(); err != nil {
		d.l.t.Errorf("luavs run, after SIGTERM: %v", err)
	}
}

// restart ends the daemon by a signal and starts it again.
func (d *daemon) restart(how syscall.Signal) {
	d.l.t.Helper()
	d.die(how)
	d.again()
}

// die ends the daemon by a signal.
func (d *daemon) die(how syscall.Signal) {
	d.cmd.Process.Signal(how)
	d.cmd.Wait()
}

// again starts a daemon that has ended as it was started before.
func (d *daemon) again() {
	d.l.t.Helper()
	d.cmd = luavs(d.cmd.Args[1:]...)
	d.launch()
}
