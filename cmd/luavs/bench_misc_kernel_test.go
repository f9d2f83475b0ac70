//go:build kernel

package main

import (
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// BenchmarkKernelMiscCheck has keepalived's MISC_CHECK and check.lua do the same
// job, to read the greeting of servers, and reports the processor time of one
// check, that of the programs it starts included, and how many times more the
// script of keepalived takes. It is the slope between many checks a second and
// few, so that what a program does besides does not count.
//
//	CGO_ENABLED=0 go test -tags kernel -run '^$' -bench KernelMiscCheck -benchtime 1x -exec $PWD/ipvs/testdata/kernelexec ./cmd/luavs/
//
// In User Mode Linux a fork costs more than on a kernel of its own, and so does
// a system call.
func BenchmarkKernelMiscCheck(b *testing.B) {
	g := startGreeter(b)
	dir := b.TempDir()
	script := filepath.Join(dir, "greeting.sh")
	if err := os.WriteFile(script, []byte(greetingScript), 0o755); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		misc := g.slope(b, time.Second, func(pause time.Duration) *exec.Cmd {
			conf := filepath.Join(dir, "keepalived.conf")
			write(b, conf, g.keepalived(script, pause))
			return keepalived(conf)
		})
		ours := g.slope(b, 50*time.Millisecond, func(pause time.Duration) *exec.Cmd {
			policy := filepath.Join(dir, "policy.lua")
			write(b, policy, g.policy(pause))
			cmd := exec.Command(os.Args[0], "run", "--state", "none", "--allow-exec", "--listen", filepath.Join(dir, "sock"), policy)
			cmd.Env = append(os.Environ(), "LUAVS_TEST_MAIN=1")
			return cmd
		})
		b.ReportMetric(float64(misc.Microseconds()), "misc-us/check")
		b.ReportMetric(float64(ours.Microseconds()), "lua-us/check")
		b.ReportMetric(float64(misc)/float64(ours), "ratio")
		b.ReportMetric(0, "ns/op")
	}
}

// greetingScript is the job as a script that starts no other program.
const greetingScript = `#!/bin/bash
exec 3<>"/dev/tcp/$1/$2" && read -r -t 1 line <&3 && [[ $line == 220* ]]
`

const benchServers = 4

// A greeter is a server that greets, at many addresses of the loopback.
type greeter struct {
	port    int
	greeted atomic.Int64
}

func startGreeter(b *testing.B) *greeter {
	l, err := net.Listen("tcp", "0.0.0.0:0")
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { l.Close() })
	g := &greeter{port: l.Addr().(*net.TCPAddr).Port}
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			io.WriteString(c, "220 ready\r\n")
			c.Close()
			g.greeted.Add(1)
		}
	}()
	return g
}

// keepalived is the configuration of keepalived.
func (g *greeter) keepalived(script string, pause time.Duration) string {
	var s strings.Builder
	fmt.Fprintf(&s, "global_defs {\n script_user root\n}\nvirtual_server 192.0.2.1 80 {\n delay_loop %.3f\n lb_kind NAT\n", pause.Seconds())
	for i := range benchServers {
		fmt.Fprintf(&s, " real_server 127.0.0.%d %d {\n MISC_CHECK {\n misc_path \"%s 127.0.0.%d %d\"\n misc_timeout 5\n }\n }\n", i+1, g.port, script, i+1, g.port)
	}
	return s.String() + "}\n"
}

// policy is ours.
func (g *greeter) policy(pause time.Duration) string {
	return fmt.Sprintf(`local shop = { forward = "nat", check = check.lua { every = %g, timeout = %g, function(rs)
  local conn = try(tcp.connect(rs.addr))
  try(try(conn:receive("line")):match("^220"))
  return true
end } }
for i = 1, %d do shop[i] = real_server("127.0.0." .. i .. ":%d") end
virtual_server "192.0.2.1:80" (shop)
`, pause.Seconds(), pause.Seconds(), benchServers, g.port)
}

// slope returns the processor time of one check more, between one in five
// seconds and one in a pause.
func (g *greeter) slope(b *testing.B, pause time.Duration, command func(pause time.Duration) *exec.Cmd) time.Duration {
	return slope(b, measure(b, command(5*time.Second), g.greeted.Load), measure(b, command(pause), g.greeted.Load))
}
