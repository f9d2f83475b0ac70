//go:build soak

package main

import (
	"context"
	"fmt"
	"math"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
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
// LUAVS_SOAK=5m, in ten parts. Of the servers that are asked over HTTP, which are
// 15 in 100, about one in ten is down at any time, another one each minute; the
// others are up. Neither the daemon's memory nor its threads, goroutines and
// descriptors may be more in the second half, each part must have all its checks,
// and they must not begin later as time goes by.
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
	s.judgeResources(parts)
	s.judgeChecks(parts, lasts/10)
	s.judgeLateness(parts)
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
	rate                               float64 // checks a second
	memory, files, threads, goroutines int     // kB, and how many
	cpu                                float64 // processors in use
	up                                 int
	lateP50, lateP99                   float64 // by how many milliseconds at most half of the checks began late, and 99%
}

func (p part) String() string {
	return fmt.Sprintf("%.0f checks/s, late by %.1f ms (p50) and %.1f ms (p99), %d up, %.2f processors, %d kB, %d descriptors, %d threads, %d goroutines",
		p.rate, p.lateP50, p.lateP99, p.up, p.cpu, p.memory, p.files, p.threads, p.goroutines)
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

// soakServer starts a web server on all addresses of the loopback, and returns its
// port. To HTTP it says of one address in ten that it is down; it takes connections
// at all of them, which is all that most checks ask for.
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
	p, runs, err := s.status()
	if err != nil {
		s.Fatal(err)
	}
	now, cpu := time.Now(), s.processor()
	p.rate, p.cpu = float64(runs-s.runs)/now.Sub(s.since).Seconds(), (cpu-s.cpu).Seconds()/now.Sub(s.since).Seconds()
	p.memory, p.threads = s.number("status", `VmRSS:\s+(\d+)`), s.number("status", `Threads:\s+(\d+)`)
	p.goroutines = s.goroutines()
	files, err := os.ReadDir(fmt.Sprintf("/proc/%d/fd", s.cmd.Process.Pid))
	if err != nil {
		s.Fatal(err)
	}
	p.files, s.runs, s.since, s.cpu = len(files), runs, now, cpu
	return p
}

// status returns how many servers are up, how late checks began in the last minute or
// two, and how many have run.
func (s *soak) status() (now part, runs uint64, err error) {
	status, err := admin.NewClient(s.socket).Status(context.Background())
	if err != nil {
		return now, 0, err
	}
	for _, p := range status.Policies {
		now.lateP50, now.lateP99 = p.Figures.LateP50, p.Figures.LateP99
		for _, svc := range p.Services {
			for _, srv := range svc.Servers {
				if srv.State == engine.StateUp {
					now.up++
				}
				runs += srv.Checks[0].Runs
			}
		}
	}
	return now, runs, nil
}

var goroutinesFigure = regexp.MustCompile(`(?m)^luavs_goroutines (\d+)$`)

// goroutines returns how many the daemon has by itself: each check that runs may have
// one more, so the least of some readings counts.
func (s *soak) goroutines() int {
	least := math.MaxInt
	for range 3 {
		text, err := admin.NewClient(s.socket).Metrics(context.Background())
		if err != nil {
			s.Fatal(err)
		}
		n, err := strconv.Atoi(string(goroutinesFigure.FindSubmatch(text)[1]))
		if err != nil {
			s.Fatal(err)
		}
		least = min(least, n)
	}
	return least
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
