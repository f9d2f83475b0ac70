//go:build kernel

package ipvstest

import (
	"os"
	"os/exec"
	"runtime"
	"testing"

	"golang.org/x/sys/unix"
)

// Namespace gives the test a fresh network namespace with the loopback up,
// until it ends. Sockets opened and commands started by the test's own
// goroutine are in it; other goroutines and subtests are not.
func Namespace(t testing.TB) {
	t.Helper()
	runtime.LockOSThread()
	// The thread goes back, and does not only die, because the first thread of
	// a process cannot: it would keep the namespace.
	outside, err := os.Open("/proc/thread-self/ns/net")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		defer outside.Close()
		if err := unix.Setns(int(outside.Fd()), unix.CLONE_NEWNET); err != nil {
			t.Errorf("leave the network namespace: %v", err)
			return
		}
		runtime.UnlockOSThread()
	})
	if err := unix.Unshare(unix.CLONE_NEWNET); err != nil {
		t.Fatalf("unshare the network: %v; run through ipvs/testdata/kernelexec", err)
	}
	Command(t, "ip", "link", "set", "lo", "up")
}

// Command runs a command in the namespace and returns what it printed.
func Command(t testing.TB, name string, args ...string) string {
	t.Helper()
	command := exec.Command(name, args...)
	command.Stderr = os.Stderr
	out, err := command.Output()
	if err != nil {
		t.Fatalf("%v: %v", command, err)
	}
	return string(out)
}
