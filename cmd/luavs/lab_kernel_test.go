//go:build kernel

package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// The lab is the network of examples/dsas. The test itself stands where the
// director does; the others are network namespaces of their own:
//
//	client 10.10.31.1 ── 10.10.31.100 director 192.168.31.1 ─┬─ web1 192.168.31.101
//	                                                         ├─ web2 192.168.31.102
//	                                                         └─ web3 192.168.31.103
type lab struct {
	t        *testing.T
	dir      string
	nginx    map[string]*exec.Cmd
	client   *http.Client
	launches int // of daemons
}

const vipAddr = "10.10.31.100:80"

// soon is how long a slow machine may take for what happens soon.
const soon = 5 * time.Second

// web gives the number in the address of each web server, spare that of those
// that are there only if a test has them join.
var (
	web   = map[string]string{"web1": "101", "web2": "102", "web3": "103"}
	spare = map[string]string{"web4": "104", "sorry": "109"}
)

// ipOf returns the address of a web server, hostOf the web server at an address
// and port, or else those.
func ipOf(name string) string {
	if number, ok := spare[name]; ok {
		return "192.168.31." + number
	}
	return "192.168.31." + web[name]
}

func hostOf(addr string) string {
	for _, all := range []map[string]string{web, spare} {
		for name := range all {
			if addr == ipOf(name)+":80" {
				return name
			}
		}
	}
	return addr
}

func newLab(t *testing.T) *lab {
	t.Helper()
	l := &lab{t: t, dir: t.TempDir(), nginx: map[string]*exec.Cmd{}}
	l.sh("echo 1 >/proc/sys/net/ipv4/ip_forward")
	l.sh("modprobe ip_vs || true; sysctl -qw net.ipv4.vs.expire_nodest_conn=0 net.ipv4.vs.expire_quiescent_template=0") // as in a kernel that just started
	l.sh("ip link add inner type bridge && ip addr add 192.168.31.1/24 dev inner && ip link set inner up")
	t.Cleanup(func() { l.sh("ip link del inner") })
	l.host("client", "10.10.31.1/24", "10.10.31.100")
	l.sh("ip addr add 10.10.31.100/24 dev to-client")
	for name := range web {
		l.join(name)
	}
	l.client = &http.Client{Timeout: 5 * time.Second, Transport: &http.Transport{
		DisableKeepAlives: true, DialContext: l.dialFrom("client"),
	}}
	t.Cleanup(func() { l.sh("ipvsadm -C") })
	return l
}

// join makes the host of a web server.
func (l *lab) join(name string) {
	l.t.Helper()
	l.host(name, ipOf(name)+"/24", "192.168.31.1")
	l.sh("ip link set to-%s master inner", name)
}

// host makes a network namespace with an address, joined to the director.
func (l *lab) host(name, addr, gateway string) {
	l.t.Helper()
	// The link goes first: the kernel takes its time with a namespace.
	l.t.Cleanup(func() { l.sh("ip link del to-%[1]s; ip netns del %[1]s", name) })
	l.sh(`ip netns add %[1]s
ip link add to-%[1]s type veth peer name eth0 netns %[1]s
ip link set to-%[1]s up
ip -n %[1]s link set lo up
ip -n %[1]s addr add %[2]s dev eth0
ip -n %[1]s link set eth0 up
ip -n %[1]s route add default via %[3]s`, name, addr, gateway)
}

// sh runs a script in the director and returns what it printed.
func (l *lab) sh(script string, args ...any) string {
	l.t.Helper()
	script = fmt.Sprintf(script, args...)
	out, err := exec.Command("sh", "-ec", script).CombinedOutput()
	if err != nil {
		l.t.Fatalf("%s: %v\n%s", script, err, out)
	}
	return string(out)
}

// start starts the web server of a host, a real nginx that answers with the
// host's name, and waits until it serves.
func (l *lab) start(name string) {
	l.t.Helper()
	dir := filepath.Join(l.dir, "nginx") // which nginx gives away to its user
	if err := os.MkdirAll(dir, 0o755); err != nil {
		l.t.Fatal(err)
	}
	conf := filepath.Join(dir, name+".conf")
	text := fmt.Sprintf(`daemon off; master_process off; pid %[1]s/%[2]s.pid; error_log stderr;
events {}
http { access_log off; client_body_temp_path %[1]s; proxy_temp_path %[1]s; fastcgi_temp_path %[1]s; uwsgi_temp_path %[1]s; scgi_temp_path %[1]s;
server { listen 80; listen [::]:80; location / { return 200 "%[2]s\n"; } } }`, dir, name)
	if err := os.WriteFile(conf, []byte(text), 0o644); err != nil {
		l.t.Fatal(err)
	}
	cmd := exec.Command("ip", "netns", "exec", name, "/usr/sbin/nginx", "-p", dir, "-c", conf)
	cmd.Stderr = l.t.Output()
	if err := cmd.Start(); err != nil {
		l.t.Fatalf("nginx (apt-get install nginx-light): %v", err)
	}
	l.nginx[name] = cmd
	l.t.Cleanup(func() { l.stop(name) })
	eventually(l.t, 30*time.Second, name+" serves", func() bool {
		c, err := net.DialTimeout("tcp", ipOf(name)+":80", time.Second)
		if err == nil {
			c.Close()
		}
		return err == nil
	})
}

// stop ends the web server of a host.
func (l *lab) stop(name string) {
	if cmd := l.nginx[name]; cmd != nil {
		cmd.Process.Kill()
		cmd.Wait()
		delete(l.nginx, name)
	}
}

// ask sends one request to the virtual server, as the client, and returns who
// answered.
func (l *lab) ask() (string, error) {
	res, err := l.client.Get("http://" + vipAddr + "/")
	if err != nil {
		return "", err
	}
	defer res.Body.Close()
	body, err := io.ReadAll(io.LimitReader(res.Body, 1024))
	return strings.TrimSpace(string(body)), err
}

// askMany sends n requests and returns how many each web server answered. Each
// must be answered.
func (l *lab) askMany(n int) map[string]int {
	l.t.Helper()
	answered := map[string]int{}
	for i := range n {
		name, err := l.ask()
		if err != nil {
			l.t.Fatalf("request %d of %d: %v\n%s", i+1, n, err, l.sh("ipvsadm -Ln"))
		}
		answered[name]++
	}
	return answered
}

// dialFrom returns a dial function whose sockets belong to a host's namespace.
// A socket stays where it was made, so only making it needs the thread.
func (l *lab) dialFrom(name string) func(context.Context, string, string) (net.Conn, error) {
	return func(ctx context.Context, network, addr string) (c net.Conn, err error) {
		done := make(chan struct{})
		go func() { // never unlocks: the thread ends with the goroutine
			defer close(done)
			runtime.LockOSThread()
			var ns *os.File
			if ns, err = os.Open("/run/netns/" + name); err != nil {
				return
			}
			defer ns.Close()
			if err = unix.Setns(int(ns.Fd()), unix.CLONE_NEWNET); err == nil {
				c, err = (&net.Dialer{}).DialContext(ctx, network, addr)
			}
		}()
		<-done
		return c, err
	}
}

// policy writes a policy file, as an editor does: beside it, then renamed.
func (l *lab) policy(name, text string) string {
	l.t.Helper()
	path := filepath.Join(l.dir, "policies", name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		l.t.Fatal(err)
	}
	if err := os.WriteFile(path+"~", []byte(text), 0o644); err != nil {
		l.t.Fatal(err)
	}
	if err := os.Rename(path+"~", path); err != nil {
		l.t.Fatal(err)
	}
	return path
}

// program writes a shell script that can be run, and returns its path.
func (l *lab) program(name, script string) string {
	l.t.Helper()
	path := filepath.Join(l.dir, name)
	if err := os.WriteFile(path, []byte("#!/bin/sh\n"+script+"\n"), 0o755); err != nil {
		l.t.Fatal(err)
	}
	return path
}

// eventually waits until a thing is so, and fails the test if it is not within
// a time.
func eventually(t *testing.T, within time.Duration, what string, so func() bool) time.Duration {
	t.Helper()
	started := time.Now()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for !so() {
		if time.Since(started) > within {
			t.Fatalf("not within %v: %s", within, what)
		}
		<-tick.C
	}
	return time.Since(started)
}
