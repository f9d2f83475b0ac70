//go:build kernel

package main

import (
	"cmp"
	"fmt"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"luavs/ipvs"
	"luavs/ipvs/ipvstest"
)

// BenchmarkKernelReload changes one weight in a long configuration, sends SIGHUP
// and waits for the weight in the kernel: LuaVS with 2,000 and with 1,000
// services of 5 servers, and keepalived with 1,000. Each server is checked over
// TCP once a minute, and all are up. It reports the median and the longest time.
// `make bench-reload` runs it.
func BenchmarkKernelReload(b *testing.B) {
	for _, run := range []struct {
		name     string
		services int
		start    func(b *testing.B, f *longFarm) *exec.Cmd
	}{
		{"luavs-2000", 2000, startLuavsFarm},
		{"luavs-1000", 1000, startLuavsFarm},
		{"keepalived-1000", 1000, startKeepalivedFarm},
	} {
		b.Run(run.name, func(b *testing.B) {
			for b.Loop() {
				reportReloads(b, run.services, run.start)
			}
		})
	}
}

const (
	farmEach    = 5 // servers of a service
	farmReloads = 7 // measured
)

// longFarm is a long configuration.
type longFarm struct {
	dir      string
	services int
	port     int // of each server
	changed  int // the service whose first server has another weight
	weight   int // that weight
	write    func(f *longFarm)
}

func reportReloads(b *testing.B, services int, start func(b *testing.B, f *longFarm) *exec.Cmd) {
	ipvstest.Namespace(b)
	if out, err := exec.Command("ip", "link", "set", "lo", "up").CombinedOutput(); err != nil {
		b.Fatalf("ip link set lo up: %v\n%s", err, out)
	}
	f := &longFarm{dir: b.TempDir(), services: services, port: acceptAll(b), weight: 1}
	cmd := start(b, f)
	defer func() {
		cmd.Process.Signal(syscall.SIGTERM)
		cmd.Wait()
	}()
	kernel, err := ipvs.Dial()
	if err != nil {
		b.Fatal(err)
	}
	defer kernel.Close()
	awaitFarm(b, kernel, f)
	took := make([]time.Duration, farmReloads)
	for i := range took {
		f.changed, f.weight = (i*131)%services, 2+i
		f.write(f)
		began := time.Now()
		cmd.Process.Signal(syscall.SIGHUP)
		f.await(b, kernel, 30*time.Second)
		took[i] = time.Since(began)
		<-time.After(3 * time.Second) // what goes on behind it is not the next one's
	}
	slices.Sort(took)
	b.ReportMetric(ms(took[len(took)/2]), "ms/reload")
	b.ReportMetric(ms(took[len(took)-1]), "ms-longest")
	b.ReportMetric(0, "ns/op")
}

func ms(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

// acceptAll answers at one port of every address.
func acceptAll(b *testing.B) int {
	l, err := net.Listen("tcp", "0.0.0.0:0")
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			c.Close()
		}
	}()
	return l.Addr().(*net.TCPAddr).Port
}

func (f *longFarm) vip(i int) string { return fmt.Sprintf("10.%d.%d.1", i/250, i%250) }

func (f *longFarm) server(i, n int) string { return fmt.Sprintf("127.%d.%d.%d", 1+i/250, i%250, n+1) }

func (f *longFarm) weightOf(i, n int) int {
	if i == f.changed && n == 0 {
		return f.weight
	}
	return 1
}

// put writes a configuration as an editor does.
func (f *longFarm) put(b *testing.B, path, text string) {
	b.Helper()
	if err := cmp.Or(os.WriteFile(path+"~", []byte(text), 0o644), os.Rename(path+"~", path)); err != nil {
		b.Fatal(err)
	}
}

// farmPolicy returns a policy that reads a list which lies beside it, as somebody
// would write it who has so many services.
func farmPolicy(b *testing.B) string {
	text, err := os.ReadFile("../../luaapi/testdata/long/policy.lua")
	if err != nil {
		b.Fatal(err)
	}
	return strings.Replace(string(text), `"1h"`, `"1m"`, 1)
}

func startLuavsFarm(b *testing.B, f *longFarm) *exec.Cmd {
	path := filepath.Join(f.dir, "policy.lua")
	f.put(b, path, farmPolicy(b))
	f.write = func(f *longFarm) {
		var text strings.Builder
		for i := range f.services {
			for n := range farmEach {
				fmt.Fprintf(&text, "%s:80,%s:%d,%d\n", f.vip(i), f.server(i, n), f.port, f.weightOf(i, n))
			}
		}
		f.put(b, filepath.Join(f.dir, "farm.csv"), "vip,addr,weight\n"+text.String())
	}
	f.write(f)
	cmd := luavs("run", "--listen", filepath.Join(f.dir, "sock"), path)
	return f.start(b, cmd)
}

func startKeepalivedFarm(b *testing.B, f *longFarm) *exec.Cmd {
	path := filepath.Join(f.dir, "keepalived.conf")
	f.write = func(f *longFarm) {
		var text strings.Builder
		for i := range f.services {
			fmt.Fprintf(&text, "virtual_server %s 80 {\n delay_loop 60\n lb_algo wrr\n lb_kind NAT\n protocol TCP\n", f.vip(i))
			for n := range farmEach {
				fmt.Fprintf(&text, " real_server %s %d {\n  weight %d\n  TCP_CHECK {\n   connect_timeout 1\n  }\n }\n", f.server(i, n), f.port, f.weightOf(i, n))
			}
			text.WriteString("}\n")
		}
		f.put(b, path, text.String())
	}
	f.write(f)
	return f.start(b, keepalived(path))
}

func (f *longFarm) start(b *testing.B, cmd *exec.Cmd) *exec.Cmd {
	log, err := os.Create(filepath.Join(f.dir, "log"))
	if err != nil {
		b.Fatal(err)
	}
	defer log.Close()
	cmd.Stdout, cmd.Stderr = log, log
	if err := cmd.Start(); err != nil {
		b.Fatalf("%s: %v", cmd.Path, err)
	}
	return cmd
}

// awaitFarm waits until the kernel holds everything, and all checks have
// answered.
func awaitFarm(b *testing.B, kernel *ipvs.Client, f *longFarm) {
	b.Helper()
	deadline := time.Now().Add(2 * time.Minute)
	for tick := time.Tick(time.Second); ; <-tick {
		table, err := kernel.Table()
		destinations := 0
		for _, e := range table {
			destinations += len(e.Destinations)
		}
		if err == nil && len(table) == f.services && destinations == f.services*farmEach {
			break
		}
		if time.Now().After(deadline) {
			log, _ := os.ReadFile(filepath.Join(f.dir, "log"))
			b.Fatalf("%d services, %d destinations, %v\n%s", len(table), destinations, err, log[:min(len(log), 4000)])
		}
	}
	<-time.After(5 * time.Second)
}

// await waits until the kernel has the weight that was changed.
func (f *longFarm) await(b *testing.B, kernel *ipvs.Client, within time.Duration) {
	b.Helper()
	key := ipvs.AddrKey(ipvs.TCP, netip.AddrPortFrom(netip.MustParseAddr(f.vip(f.changed)), 80))
	addr := netip.AddrPortFrom(netip.MustParseAddr(f.server(f.changed, 0)), uint16(f.port))
	deadline := time.Now().Add(within)
	for tick := time.Tick(5 * time.Millisecond); ; <-tick {
		destinations, err := kernel.Destinations(key)
		if err != nil {
			b.Fatal(err)
		}
		for _, d := range destinations {
			if d.Addr == addr && d.Weight == f.weight {
				return
			}
		}
		if time.Now().After(deadline) {
			log, _ := os.ReadFile(filepath.Join(f.dir, "log"))
			b.Fatalf("no weight %d within %v\n%s", f.weight, within, log[max(0, len(log)-4000):])
		}
	}
}
