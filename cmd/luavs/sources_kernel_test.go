//go:build kernel

package main

import (
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// listers are the four kinds of sources of servers, and what they list from.
type listers struct {
	l    *lab
	file string
	nsd  *exec.Cmd
	web  *http.Server
	addr string // of web

	mu   sync.Mutex
	text string // what web answers
}

const listed = `["192.168.31.101:80", "192.168.31.102:80"]`

// newListers has each kind list web1 and web2.
func newListers(l *lab) *listers {
	s := &listers{l: l, file: filepath.Join(l.dir, "servers.json"), text: listed}
	s.write(listed)
	s.serve("127.0.0.1:0")
	s.startNSD()
	return s
}

func (s *listers) write(text string) {
	s.l.t.Helper()
	if err := os.WriteFile(s.file, []byte(text), 0o644); err != nil {
		s.l.t.Fatal(err)
	}
}

// serve answers with the text over HTTP.
func (s *listers) serve(addr string) {
	s.l.t.Helper()
	listener, err := net.Listen("tcp", addr)
	if err != nil {
		s.l.t.Fatal(err)
	}
	s.addr = listener.Addr().String()
	s.web = &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		s.mu.Lock()
		defer s.mu.Unlock()
		fmt.Fprint(w, s.text)
	})}
	go s.web.Serve(listener)
	s.l.t.Cleanup(func() { s.web.Close() })
}

// startNSD starts a name server.
func (s *listers) startNSD() {
	s.l.t.Helper()
	dir := s.l.dir
	s.l.sh(`cat >%[1]s/zone <<'ZONE'
$ORIGIN example.
@ 2 SOA ns1.example. admin.example. 1 3600 600 86400 300
@ 2 NS ns1.example.
ns1 2 A 192.0.2.1
www 2 A 192.168.31.101
www 2 A 192.168.31.102
ZONE
cat >%[1]s/nsd.conf <<'CONF'
server:
  ip-address: 127.0.0.1@5353
  username: ""
  database: ""
  zonesdir: %[1]s
  xfrdir: %[1]s
  pidfile: %[1]s/nsd.pid
  logfile: %[1]s/nsd.log
  xfrdfile: %[1]s/nsd.xfrd
  zonelistfile: %[1]s/nsd.zones
remote-control:
  control-enable: no
zone:
  name: example
  zonefile: zone
CONF`, dir)
	s.nsd = exec.Command("/usr/sbin/nsd", "-d", "-c", dir+"/nsd.conf")
	if err := s.nsd.Start(); err != nil {
		s.l.t.Fatalf("nsd (apt-get install nsd): %v", err)
	}
	s.l.t.Cleanup(s.endNSD)
}

func (s *listers) endNSD() {
	if s.nsd.ProcessState == nil {
		s.nsd.Process.Signal(os.Interrupt)
		s.nsd.Wait()
	}
}

// policy has a virtual server of each kind of source.
func (s *listers) policy() string {
	text := ""
	for n, source := range []string{
		fmt.Sprintf(`source.file { path = %q, every = "1s" }`, s.file),
		`source.dns { name = "www.example", port = 80, resolver = "127.0.0.1:5353", every = "1s", timeout = "500ms" }`,
		fmt.Sprintf(`source.http { url = "http://%s/", every = "1s" }`, s.addr),
		fmt.Sprintf(`source.lua { every = "1s", function()
  local answer, err = http.get("http://%s/")
  if not answer then return nil, err end
  return answer:json()
end }`, s.addr),
	} {
		text += fmt.Sprintf(`virtual_server "10.10.31.100:8%d" {
  check = check.tcp { every = "500ms", timeout = "400ms", rise = 1, fall = 2 }, servers_from = { %s },
}
`, n, source)
	}
	return s.l.policy("sources.lua", text)
}

// table is what is listed, served.
func (s *listers) table() string {
	var text strings.Builder
	for n := range 4 {
		fmt.Fprintf(&text, "-A -t 10.10.31.100:8%[1]d -s wlc\n-a -t 10.10.31.100:8%[1]d -r 192.168.31.101:80 -m -w 1\n-a -t 10.10.31.100:8%[1]d -r 192.168.31.102:80 -m -w 1\n", n)
	}
	return text.String()
}

// TestKernelSourcesThatAreGoneAtTheStart restarts a daemon while none of the four
// kinds of sources can be asked, and again while they are empty. Those who were
// listed serve on, and are checked. When the sources are back they count.
func TestKernelSourcesThatAreGoneAtTheStart(t *testing.T) {
	l := newLab(t)
	l.start("web1")
	l.start("web2")
	s := newListers(l)
	policy := s.policy()
	d := l.run(policy)
	served := func() bool { return l.sh("ipvsadm -Sn") == s.table() }
	eventually(t, 10*time.Second, "who is listed serves", served)
	h := l.history()

	l.sh("rm %s", s.file)
	s.endNSD()
	s.web.Close()
	d.restart(syscall.SIGKILL)
	d.failing(4)
	h.quiet("over a restart without sources")

	s.write("[]")
	s.mu.Lock()
	s.text = "[]"
	s.mu.Unlock()
	s.serve(s.addr)
	d.restart(syscall.SIGTERM)
	d.failing(4)
	h.quiet("over a restart with empty sources")
	l.stop("web2")
	eventually(t, 10*time.Second, "who is down does not serve", func() bool { return !strings.Contains(l.sh("ipvsadm -Sn"), "192.168.31.102") })
	l.start("web2")
	eventually(t, 10*time.Second, "all serve again", served)

	s.mu.Lock()
	s.text = `["192.168.31.101:80"]`
	s.mu.Unlock()
	s.write(s.text)
	s.startNSD()
	d.failing(0)
	eventually(t, 10*time.Second, "who is not listed any more is gone", func() bool {
		return strings.Count(l.sh("ipvsadm -Sn"), "192.168.31.102") == 1 // the name server still has it
	})
}

// failing waits until every service is settled and so many sources have a problem.
func (d *daemon) failing(want int) {
	d.l.t.Helper()
	eventually(d.l.t, 10*time.Second, fmt.Sprintf("%d sources cannot be used", want), func() bool {
		status, err := d.status()
		if err != nil {
			return false
		}
		failing := 0
		for _, s := range status.Policies[0].Services {
			if !s.Settled || len(s.Sources) != 1 {
				return false
			}
			if s.Sources[0].Problem != "" {
				failing++
			}
		}
		return failing == want
	})
}
