package checks

import (
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

// nginxBinary is where Debian puts it.
const nginxBinary = "/usr/sbin/nginx"

// nginx runs the real server with the given server blocks, in which LISTEN
// stands for its address, until the test ends.
func nginx(t testing.TB, servers string) netip.AddrPort {
	t.Helper()
	if _, err := os.Stat(nginxBinary); err != nil {
		t.Fatalf("%v: this test needs a real server: apt-get install nginx-light", err)
	}
	dir, addr := t.TempDir(), freePort(t)
	conf := filepath.Join(dir, "nginx.conf")
	text := strings.ReplaceAll(nginxConfig(dir, servers), "LISTEN", addr.String())
	if err := os.WriteFile(conf, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(nginxBinary, "-p", dir, "-c", conf, "-e", filepath.Join(dir, "error.log"))
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	t.Cleanup(func() {
		cmd.Process.Signal(syscall.SIGTERM)
		<-ended
	})
	awaitNginx(t, addr, dir, ended)
	return addr
}

func nginxConfig(dir, servers string) string {
	var temp strings.Builder
	for _, kind := range []string{"client_body", "proxy", "fastcgi", "uwsgi", "scgi"} {
		fmt.Fprintf(&temp, "%s_temp_path %s;\n", kind, filepath.Join(dir, kind))
	}
	return "daemon off; master_process off; pid nginx.pid;\n" +
		"events { worker_connections 512; }\n" +
		"http { access_log off; default_type text/plain; root " + dir + ";\n" + temp.String() + servers + "}\n"
}

// awaitNginx connects until the server listens.
func awaitNginx(t testing.TB, addr netip.AddrPort, dir string, ended chan error) {
	t.Helper()
	for end := time.Now().Add(long); ; {
		c, err := net.Dial("tcp", addr.String())
		if err == nil {
			c.Close()
			return
		}
		select {
		case err := <-ended:
			ended <- err
			log, _ := os.ReadFile(filepath.Join(dir, "error.log"))
			t.Fatalf("nginx ended: %v\n%s", err, log)
		default:
		}
		if time.Now().After(end) {
			t.Fatalf("nginx does not listen within %v: %v", long, err)
		}
	}
}
