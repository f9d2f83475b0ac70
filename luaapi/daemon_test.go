package luaapi

import (
	"bytes"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"luavs/checks"
)

// nobody is whom the servers of the tests run as if the tests are root's.
const nobody = 65534

// A daemon is a real server that runs for one test, with a folder of its own.
type daemon struct {
	dir, addr string
	port      string
	user      uint32
}

// newDaemon makes a folder for a server, and takes a free port.
func newDaemon(t *testing.T) *daemon {
	t.Helper()
	return newDaemonOf(t, nobody)
}

// newDaemonOf does the same for another user.
func newDaemonOf(t *testing.T, uid uint32) *daemon {
	t.Helper()
	dir, err := os.MkdirTemp("", "luavs-server-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	d := &daemon{dir: dir, addr: freeAddr(t), user: uid}
	_, d.port, _ = net.SplitHostPort(d.addr)
	d.own(t, dir)
	return d
}

// freeAddr is an address where nobody listens, over TCP and UDP.
func freeAddr(t *testing.T) string {
	t.Helper()
	for range 100 {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		u, err := net.ListenPacket("udp", l.Addr().String())
		l.Close()
		if err == nil {
			u.Close()
			return l.Addr().String()
		}
	}
	t.Fatal("no port is free")
	return ""
}

// own gives a file to the server's user.
func (d *daemon) own(t *testing.T, path string) {
	t.Helper()
	if os.Geteuid() != 0 {
		return
	}
	if err := os.Chown(path, int(d.user), int(d.user)); err != nil {
		t.Fatal(err)
	}
}

// path returns a file of the server's folder.
func (d *daemon) path(name string) string { return filepath.Join(d.dir, name) }

// write makes a file in the server's folder, in which DIR and PORT stand for
// its folder and port.
func (d *daemon) write(t *testing.T, name, text string) string {
	t.Helper()
	path := d.path(name)
	if err := os.WriteFile(path, []byte(d.fill(text)), 0o600); err != nil {
		t.Fatal(err)
	}
	d.own(t, path)
	return path
}

func (d *daemon) mkdir(t *testing.T, name string) {
	t.Helper()
	if err := os.Mkdir(d.path(name), 0o700); err != nil {
		t.Fatal(err)
	}
	d.own(t, d.path(name))
}

func (d *daemon) fill(text string) string {
	return strings.NewReplacer("DIR", d.dir, "PORT", d.port).Replace(text)
}

// command returns a command that runs as the server's user.
func (d *daemon) command(t *testing.T, debian, line string) *exec.Cmd {
	t.Helper()
	words := strings.Fields(d.fill(line))
	if _, err := os.Stat(words[0]); err != nil {
		t.Fatalf("%v: this test needs a real server: apt-get install %s", err, debian)
	}
	cmd := exec.Command(words[0], words[1:]...)
	cmd.Dir, cmd.Env = d.dir, []string{"HOME=" + d.dir, "PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LANG=C"}
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if os.Geteuid() == 0 {
		cmd.SysProcAttr.Credential = &syscall.Credential{Uid: d.user, Gid: d.user}
	}
	return cmd
}

// start runs a server until the test ends, and waits until a check passes.
func (d *daemon) start(t *testing.T, debian, line, check string) {
	t.Helper()
	cmd := d.command(t, debian, line)
	var output bytes.Buffer
	cmd.Stdout, cmd.Stderr = &output, &output
	cmd.WaitDelay = time.Second // for those who keep the output open
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() {
		cmd.Wait()
		close(ended)
	}()
	t.Cleanup(func() {
		syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) // the group is ours: Setpgid
		<-ended
	})
	for end := time.Now().Add(30 * time.Second); ; time.Sleep(0) {
		r := askWith(t, d.addr, check)
		if r.Outcome == checks.Pass {
			return
		}
		select {
		case <-ended:
			t.Fatalf("%s ended: %s\n%s", line, cmd.ProcessState, output.String())
		default:
		}
		if time.Now().After(end) {
			syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
			<-ended
			t.Fatalf("%s is not well within 30 s: %s\n%s", line, verdictOf(r), output.String())
		}
	}
}

// postgresBinary returns where Debian puts a program of the newest PostgreSQL.
func postgresBinary(t *testing.T, name string) string {
	t.Helper()
	newest, best := 0, "/usr/lib/postgresql/15/bin/"+name
	all, _ := filepath.Glob("/usr/lib/postgresql/*/bin/" + name)
	for _, path := range all {
		if n, _ := strconv.Atoi(strings.Split(path, "/")[4]); n > newest {
			newest, best = n, path
		}
	}
	return best
}
