//go:build kernel

package main

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// BenchmarkKernelCheckers has keepalived and us ask 500 servers in five
// seconds, over TCP and over HTTP, and reports the processor time of one check
// of each and what part ours is of keepalived's. It is the slope between many
// checks a second and few, so that what a program does besides does not count.
//
//	CGO_ENABLED=0 LUAVS_KERNEL_TIMEOUT=600 go test -tags kernel -run '^$' -bench KernelCheckers -benchtime 1x -exec $PWD/ipvs/testdata/kernelexec ./cmd/luavs/
func BenchmarkKernelCheckers(b *testing.B) {
	for _, kind := range []string{"tcp", "http"} {
		b.Run(kind, func(b *testing.B) {
			f := startFarm(b, kind)
			for b.Loop() {
				theirs := f.slope(b, f.keepalived)
				ours := f.slope(b, f.luavs)
				b.ReportMetric(float64(theirs.Nanoseconds())/1000, "keepalived-us/check")
				b.ReportMetric(float64(ours.Nanoseconds())/1000, "luavs-us/check")
				b.ReportMetric(float64(ours)/float64(theirs), "ratio")
				b.ReportMetric(0, "ns/op")
			}
		})
	}
}

const farmServers = 500

// A farm is a web server at many addresses of the loopback.
type farm struct {
	dir, kind string
	port      int
}

func startFarm(b *testing.B, kind string) *farm {
	l, err := net.Listen("tcp", "0.0.0.0:0")
	if err != nil {
		b.Fatal(err)
	}
	web := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {})}
	go web.Serve(l)
	b.Cleanup(func() { web.Close() })
	return &farm{b.TempDir(), kind, l.Addr().(*net.TCPAddr).Port}
}

func (f *farm) slope(b *testing.B, command func(*testing.B, time.Duration) *exec.Cmd) time.Duration {
	few := measure(b, command(b, time.Minute), connections(b))
	many := measure(b, command(b, 5*time.Second), connections(b))
	return slope(b, few, many)
}

// keepalived asks as its users have it ask.
func (f *farm) keepalived(b *testing.B, pause time.Duration) *exec.Cmd {
	check := map[string]string{
		"tcp":  "TCP_CHECK {\n connect_timeout 1\n }",
		"http": "HTTP_GET {\n url {\n path /\n status_code 200\n }\n connect_timeout 1\n }",
	}[f.kind]
	var s strings.Builder
	fmt.Fprintf(&s, "virtual_server 192.0.2.1 80 {\n delay_loop %.3f\n lb_kind NAT\n", pause.Seconds())
	for i := range farmServers {
		fmt.Fprintf(&s, " real_server %s %d {\n %s\n }\n", farmAddr(i), f.port, check)
	}
	conf := filepath.Join(f.dir, "keepalived.conf")
	write(b, conf, s.String()+"}\n")
	return keepalived(conf)
}

func (f *farm) luavs(b *testing.B, pause time.Duration) *exec.Cmd {
	var s strings.Builder
	fmt.Fprintf(&s, "local farm = { forward = \"nat\", check = check.%s { every = %g, timeout = 1 } }\n", f.kind, pause.Seconds())
	for i := range farmServers {
		fmt.Fprintf(&s, "farm[%d] = real_server \"%s:%d\" {}\n", i+1, farmAddr(i), f.port)
	}
	policy := filepath.Join(f.dir, "policy.lua")
	write(b, policy, s.String()+`virtual_server "192.0.2.1:80" (farm)`)
	cmd := exec.Command(os.Args[0], "run", "--state", "none", "--listen", filepath.Join(f.dir, "sock"), policy)
	cmd.Env = append(os.Environ(), "LUAVS_TEST_MAIN=1")
	return cmd
}

func farmAddr(i int) string { return fmt.Sprintf("127.1.%d.%d", i/250, i%250+1) }

// connections returns what counts the connections that programs here have
// begun (ActiveOpens, RFC 4022): one a check.
func connections(b *testing.B) func() int64 {
	return func() int64 {
		text, err := os.ReadFile("/proc/net/snmp")
		if err != nil {
			b.Fatal(err)
		}
		var names []string
		for line := range strings.Lines(string(text)) {
			fields := strings.Fields(line)
			if fields[0] != "Tcp:" {
				continue
			}
			if names == nil {
				names = fields
				continue
			}
			for i, name := range names {
				if name == "ActiveOpens" {
					n, _ := strconv.ParseInt(fields[i], 10, 64)
					return n
				}
			}
		}
		b.Fatalf("/proc/net/snmp says nothing of ActiveOpens:\n%s", text)
		return 0
	}
}

// A load is what a program used while it made so many checks.
type load struct {
	cpu    time.Duration // its own and its children's
	checks int64
}

// slope returns the processor time of one check more.
func slope(b *testing.B, few, many load) time.Duration {
	b.Helper()
	if many.checks < 3*few.checks || many.cpu <= few.cpu {
		b.Fatalf("%d checks in %v, and %d in %v: these tell nothing", many.checks, many.cpu, few.checks, few.cpu)
	}
	return (many.cpu - few.cpu) / time.Duration(many.checks-few.checks)
}

// measure runs a program for twenty seconds; count tells how many checks were
// made so far.
func measure(b *testing.B, cmd *exec.Cmd, count func() int64) load {
	b.Helper()
	log, err := os.CreateTemp(b.TempDir(), "log")
	if err != nil {
		b.Fatal(err)
	}
	defer log.Close()
	cmd.Stdout, cmd.Stderr = log, log
	before := count()
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(b.Context(), 20*time.Second)
	defer cancel()
	<-ctx.Done()
	cmd.Process.Signal(syscall.SIGTERM)
	cmd.Wait()
	usage := cmd.ProcessState.SysUsage().(*syscall.Rusage)
	n := count() - before
	if n < benchServers {
		text, _ := os.ReadFile(log.Name())
		b.Fatalf("%s made %d checks:\n%s", cmd.Path, n, text)
	}
	return load{time.Duration(usage.Utime.Nano() + usage.Stime.Nano()), n}
}

func write(b *testing.B, path, text string) {
	b.Helper()
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		b.Fatal(err)
	}
}
