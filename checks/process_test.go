package checks

import (
	"bytes"
	"net"
	"net/netip"
	"os/exec"
	"syscall"
	"testing"
	"time"
)

// runServer runs a real server until the test ends and returns when ready
// says so. Install is the Debian package that has the program.
func runServer(t testing.TB, install string, ready func() error, args ...string) {
	t.Helper()
	cmd := exec.Command(args[0], args[1:]...)
	var output bytes.Buffer
	cmd.Stdout, cmd.Stderr = &output, &output
	if err := cmd.Start(); err != nil {
		t.Fatalf("%v: this test needs a real server: apt-get install %s", err, install)
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		cmd.Wait()
	}()
	t.Cleanup(func() {
		cmd.Process.Signal(syscall.SIGTERM)
		<-ended
	})
	for end := time.Now().Add(long); ; {
		err := ready()
		if err == nil {
			return
		}
		select {
		case <-ended:
			t.Fatalf("%s ended: %v\n%s", args[0], cmd.ProcessState, output.Bytes())
		default:
		}
		if time.Now().After(end) {
			t.Fatalf("%s is not ready within %v: %v", args[0], long, err)
		}
	}
}

// listens returns a condition for runServer: somebody accepts at addr.
func listens(addr netip.AddrPort) func() error {
	return func() error {
		c, err := net.Dial("tcp", addr.String())
		if err != nil {
			return err
		}
		return c.Close()
	}
}
