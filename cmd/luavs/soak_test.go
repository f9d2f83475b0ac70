//go:build soak

package main

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"luavs/engine"
	"luavs/engine/admin"
)

// The farm of the soak: of each virtual server, so many real servers have a check
// of a kind.
const (
	soakServices = 100
	soakTCP      = 80
	soakHTTP     = 15
	soakLua      = 5
	soakServers  = soakServices * (soakTCP + soakHTTP + soakLua)
)

// TestSoak runs the daemon with 10,000 checks a second for an hour, or for
// LUAVS_SOAK=5m, in ten parts, while one in ten of the web servers is down at any
// time, another one each minute. Neither the daemon's memory nor its threads and
// descriptors may be more in the second half, each part must have all its
// checks, and none may start late.
func TestSoak(t *testing.T) {
	lasts, err := time.ParseDuration(os.Getenv("LUAVS_SOAK"))
	if err != nil {
		lasts = time.Hour
	}
	s := startSoak(t)
	var parts []part
	for n := range 10 {
		parts = append(parts, s.part(lasts/10))
		t.Logf("part %d: %v", n+1, parts[n])
	}
	first, second := most(parts[:5]), most(parts[5:])
	if second.memory > first.memory*11/10+8_000 {
		t.Errorf("memory grew from %d to %d kB", first.memory, second.memory)
	}
	if second.files > first.files+500 || second.threads > first.threads+10 {
		t.Errorf("descriptors went from %d to %d, threads from %d to %d", first.files, second.files, first.threads, second.threads)
	}
	// A status takes a moment, so that where a part ends is not quite clear.
	least := soakServers * (0.995 - 1/(lasts/10).Seconds())
	for n, p := range parts {
		if p.rate < least {
			t.Errorf("part %d had %.0f checks a second, want %.0f at least", n+1, p.rate, least)
		}
	}
	text, err := os.ReadFile(s.log)
	if err != nil {
		t.Fatal(err)
	}
	bad := regexp.MustCompile("start late|time stood still|level=ERROR")
	for line := range strings.Lines(string(text)) {
		if bad.MatchString(line) {
			t.Errorf("logged: %s", line)
		}
	}
}

// most is the most of what some parts had in use.
func most(parts []part) (all part) {
	for _, p := range parts {
		all.memory, all.files, all.threads = max(all.memory, p.memory), max(all.files, p.files), max(all.threads, p.threads)
	}
	return all
}

// soak is a daemon at work.
type soak struct {
	*testing.T
	cmd         *exec.Cmd
	socket, log string
	runs        uint64
	since       time.Time
	cpu         time.Duration
}

// part is what was measured over a part of the time, and at its end.
type part struct {
	rate                   float64 // checks a second
	memory, files, threads int     // kB, and how many
	cpu                    float64 // processors in use
	up                     int
}

func (p part) String() string {
	return fmt.Sprintf("%.0f checks/s, %d up, %.2f processors, %d kB, %d descriptors, %d threads", p.rate, p.up, p.cpu, p.memory, p.files, p.threads)
}

func startSoak(t *testing.T) *soak {
	dir := t.TempDir()
	s := &soak{T: t, socket: filepath.Join(dir, "d.sock"), log: filepath.Join(dir, "log")}
	policy := filepath.Join(dir, "soak.lua")
	if err := os.WriteFile(policy, []byte(soakPolicy(soakServer(t))), 0o600); err != nil {
		t.Fatal(err)
	}
	log, err := os.Create(s.log)
	if err != nil {
		t.Fatal(err)
	}
	defer log.Close()
	s.cmd = exec.Command(os.Args[0], "run", "--dataplane", "memory", "--state", filepath.Join(dir, "state"), "--log-level", "warn", "--listen", s.socket, policy)
	s.cmd.Env = append(os.Environ(), "LUAVS_TEST_MAIN=1")
	s.cmd.Stderr = log
	if err := s.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		s.cmd.Process.Signal(syscall.SIGTERM)
		if err := s.cmd.Wait(); err != nil {
			t.Errorf("after SIGTERM: %v", err)
		}
	})
	until(t, func() bool {
		_, runs, err := s.status()
		return err == nil && runs > 2*soakServers
	}, s.log)
	s.part(0)
	return s
}

// soakServer starts a web server on all addresses of the loopback, of which one
// in ten is down, and returns its port.
func soakServer(t *testing.T) int {
	l, err := net.Listen("tcp", "0.0.0.0:0")
	if err != nil {
		t.Fatal(err)
	}
	srv := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		addr := r.Context().Value(http.LocalAddrContextKey).(*net.TCPAddr)
		if (int(addr.IP.To4()[3])+int(time.Now().Unix()/60))%10 == 0 {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
	})}
	go srv.Serve(l)
	t.Cleanup(func() { srv.Close() })
	return l.Addr().(*net.TCPAddr).Port
}

func soakPolicy(port int) string {
	return fmt.Sprintf(`
local tcps, https = check.tcp { every = "1s" }, check.http { every = "1s", path = "/" }
local lua = check.lua { every = "1s", function(rs)
  local conn = try(tcp.connect(rs.addr))
  conn:close()
  return true
end }
local turns = 0
on("down", function(ev) turns = turns + #ev.server.name end)
for s = 1, %[1]d do
  local farm = { scheduler = "wlc", policy = policy.standard { sorry_server = "127.0.0.1:%[5]d" } }
  for i = 1, %[2]d do
    local kind = i <= %[3]d and tcps or i <= %[4]d and https or lua
    farm[i] = real_server("127.1." .. s .. "." .. i .. ":%[5]d") { check = kind }
  end
  virtual_server("10.0." .. s .. ".1:80") (farm)
end`, soakServices, soakTCP+soakHTTP+soakLua, soakTCP, soakTCP+soakHTTP, port)
}

// part lets time pass and measures.
func (s *soak) part(lasts time.Duration) part {
	<-time.After(lasts)
	up, runs, err := s.status()
	if err != nil {
		s.Fatal(err)
	}
	now, cpu := time.Now(), s.processor()
	p := part{
		rate: float64(runs-s.runs) / now.Sub(s.since).Seconds(), cpu: (cpu - s.cpu).Seconds() / now.Sub(s.since).Seconds(), up: up,
		memory: s.number("status", `VmRSS:\s+(\d+)`), threads: s.number("status", `Threads:\s+(\d+)`),
	}
	files, err := os.ReadDir(fmt.Sprintf("/proc/%d/fd", s.cmd.Process.Pid))
	if err != nil {
		s.Fatal(err)
	}
	p.files, s.runs, s.since, s.cpu = len(files), runs, now, cpu
	return p
}

// status returns how many servers are up, and how many checks have run.
func (s *soak) status() (up int, runs uint64, err error) {
	status, err := admin.NewClient(s.socket).Status(context.Background())
	if err != nil {
		return 0, 0, err
	}
	for _, p := range status.Policies {
		for _, svc := range p.Services {
			for _, srv := range svc.Servers {
				if srv.State == engine.StateUp {
					up++
				}
				runs += srv.Checks[0].Runs
			}
		}
	}
	return up, runs, nil
}

// number finds a number in a file of the daemon below /proc.
func (s *soak) number(file, pattern string) int {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/%s", s.cmd.Process.Pid, file))
	if err != nil {
		s.Fatal(err)
	}
	n, err := strconv.Atoi(string(regexp.MustCompile(pattern).FindSubmatch(text)[1]))
	if err != nil {
		s.Fatal(err)
	}
	return n
}

// processor returns the processor time that the daemon has used (proc(5): utime
// and stime, in hundredths of a second).
func (s *soak) processor() time.Duration {
	user, system := s.number("stat", `^\d+ \(.*\) \S(?: \S+){10} (\d+)`), s.number("stat", `^\d+ \(.*\) \S(?: \S+){11} (\d+)`)
	return time.Duration(user+system) * 10 * time.Millisecond
}
