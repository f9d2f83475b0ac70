//go:build kernel

package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// inGuest tells whether the test is in a User Mode Linux guest. It is for tests
// that set the clock or remove modules: no network namespace has those to itself.
// Elsewhere the test has run in a guest of its own when inGuest returns.
func inGuest(t *testing.T) bool {
	t.Helper()
	cpu, err := os.ReadFile("/proc/cpuinfo")
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(cpu), "User Mode Linux") {
		return true
	}
	binary, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	kernelexec, err := filepath.Abs("../../ipvs/testdata/kernelexec")
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(kernelexec, binary, "-test.run", "^"+t.Name()+"$", "-test.v")
	cmd.Env = append(os.Environ(), "LUAVS_KERNEL=uml")
	out, err := cmd.CombinedOutput()
	t.Logf("in a guest:\n%s", out)
	if err != nil || !strings.Contains(string(out), "--- PASS: "+t.Name()) {
		t.Errorf("in a guest: %v", err)
	}
	return false
}
