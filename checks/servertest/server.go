package servertest

import (
	"bytes"
	"fmt"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// patience is how long a server may take to be ready.
const patience = 30 * time.Second

// Users that a server may run as. Where the tests are not root's, it runs as
// who runs them.
const (
	Root   = 0
	Nobody = 65534
)

// A Server is a real server that runs for one test.
type Server struct {
	Dir  string         // its folder
	Addr netip.AddrPort // where it is to listen
	t    testing.TB
	user uint32
}

// New makes a folder for a server that runs as a user, and takes a port. In its
// files and commands DIR stands for the folder, ADDR for 127.0.0.1 and the port,
// and PORT for the port.
func New(t testing.TB, user uint32) *Server {
	t.Helper()
	dir, err := os.MkdirTemp("", "luavs-server-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	s := &Server{Dir: dir, Addr: Port(t), t: t, user: user}
	s.own(dir)
	return s
}

// Port is the port that the server is to listen on.
func (s *Server) Port() string { return fmt.Sprint(s.Addr.Port()) }

// Path returns a file of the server's folder.
func (s *Server) Path(name string) string { return filepath.Join(s.Dir, name) }

// Write makes a file in the server's folder and returns its path.
func (s *Server) Write(name, text string) string {
	s.t.Helper()
	path := s.Path(name)
	if err := os.WriteFile(path, []byte(s.fill(text)), 0o600); err != nil {
		s.t.Fatal(err)
	}
	s.own(path)
	return path
}

// Mkdir makes a folder in the server's folder.
func (s *Server) Mkdir(name string) {
	s.t.Helper()
	if err := os.Mkdir(s.Path(name), 0o700); err != nil {
		s.t.Fatal(err)
	}
	s.own(s.Path(name))
}

// own gives a file to the server's user.
func (s *Server) own(path string) {
	s.t.Helper()
	if os.Geteuid() != 0 {
		return
	}
	if err := os.Chown(path, int(s.user), int(s.user)); err != nil {
		s.t.Fatal(err)
	}
}

// fill returns a text with the server's own folder and port.
func (s *Server) fill(text string) string {
	return strings.NewReplacer("DIR", s.Dir, "ADDR", s.Addr.String(), "PORT", s.Port()).Replace(text)
}

// Command returns a command that runs as the server's user in its folder, from
// a line of words. Debian is the package that has the program.
func (s *Server) Command(debian, line string) *exec.Cmd {
	s.t.Helper()
	words := strings.Fields(s.fill(line))
	if _, err := os.Stat(words[0]); err != nil {
		s.t.Fatalf("%v: this test needs a real server: apt-get install %s", err, debian)
	}
	cmd := exec.Command(words[0], words[1:]...)
	cmd.Dir, cmd.Env = s.Dir, []string{"HOME=" + s.Dir, "PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LANG=C"}
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if os.Geteuid() == 0 {
		cmd.SysProcAttr.Credential = &syscall.Credential{Uid: s.user, Gid: s.user}
	}
	return cmd
}

// Start runs the server until the test ends, and waits until ready returns nil.
func (s *Server) Start(debian, line string, ready func() error) {
	s.t.Helper()
	cmd := s.Command(debian, line)
	var output bytes.Buffer
	cmd.Stdout, cmd.Stderr = &output, &output
	cmd.WaitDelay = time.Second // for those who keep the output open
	if err := cmd.Start(); err != nil {
		s.t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		cmd.Wait()
	}()
	kill := func() {
		syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) // the group is ours: Setpgid
		<-ended
	}
	s.t.Cleanup(kill)
	if err := await(ready, ended); err != nil {
		kill()
		s.t.Fatalf("%s is not ready (%v): %v\n%s", line, cmd.ProcessState, err, output.Bytes())
	}
}

// await waits until a server is ready; the error is the last that ready
// returned before the server ended, or its time was over.
func await(ready func() error, ended <-chan struct{}) error {
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for limit := time.Now().Add(patience); ; {
		err := ready()
		if err == nil || time.Now().After(limit) {
			return err
		}
		select {
		case <-ended:
			return err
		case <-tick.C:
		}
	}
}

// Listening is ready when somebody accepts connections where the server is to
// listen.
func (s *Server) Listening() error {
	c, err := net.Dial("tcp", s.Addr.String())
	if err != nil {
		return err
	}
	return c.Close()
}
