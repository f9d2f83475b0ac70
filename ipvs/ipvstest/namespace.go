//go:build kernel

package ipvstest

import (
	"os"
	"os/exec"
	"runtime"
	"syscall"
	"testing"
)

// Namespace locks the test to a thread in a fresh network namespace with the
// loopback up. Sockets opened and commands started by the test itself are in
// it; its other goroutines and its subtests are not. The thread dies with the
// test, and the namespace with its last socket.
func Namespace(t *testing.T) {
	t.Helper()
	runtime.LockOSThread() // and never unlock: the thread is not to be used again
	if err := syscall.Unshare(syscall.CLONE_NEWNET); err != nil {
		t.Fatalf("unshare the network: %v; run through ipvs/testdata/kernelexec", err)
	}
	Command(t, "ip", "link", "set", "lo", "up")
}

// Command runs a command in the namespace and returns what it printed.
func Command(t *testing.T, name string, args ...string) string {
	t.Helper()
	command := exec.Command(name, args...)
	command.Stderr = os.Stderr
	out, err := command.Output()
	if err != nil {
		t.Fatalf("%v: %v", command, err)
	}
	return string(out)
}
