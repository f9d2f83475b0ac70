//go:build kernel

package ipvs_test

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"luavs/ipvs"
	"luavs/ipvs/ipvstest"
)

// dial returns a client in a fresh network namespace.
func dial(t *testing.T) *ipvs.Client {
	t.Helper()
	ipvstest.Namespace(t)
	c, err := ipvs.Dial()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	})
	return c
}

// apply makes changes in ipvsadm's words.
func apply(t *testing.T, c *ipvs.Client, lines ...string) {
	t.Helper()
	changes := make([]ipvs.Change, len(lines))
	for i, line := range lines {
		var err error
		if changes[i], err = ipvs.ParseChange(line); err != nil {
			t.Fatal(err)
		}
	}
	if errs := c.Apply(changes); errs != nil {
		t.Fatal(errors.Join(errs...))
	}
}

func TestTheKernelRefusesFaultsItSeesWithTheSameErrno(t *testing.T) {
	ipvs.SendFaults(t, dial(t))
}

// A forwarding method reads back as it was asked for, also where the address is
// one of this machine's.
func TestKernelForwardsToItselfAsItWasTold(t *testing.T) {
	c := dial(t)
	ipvstest.Command(t, "ip", "addr", "add", "10.0.0.9/32", "dev", "lo")
	apply(t, c, "-A -t 10.0.0.1:80 -s rr", "-a -t 10.0.0.1:80 -r 10.0.0.9:80 -l", "-a -t 10.0.0.1:80 -r 10.0.0.9:81 -m")
	apply(t, c, "-e -t 10.0.0.1:80 -r 10.0.0.9:80 -m", "-e -t 10.0.0.1:80 -r 10.0.0.9:81 -g")
	table, err := c.Table()
	const want = `-A -t 10.0.0.1:80 -s rr
-a -t 10.0.0.1:80 -r 10.0.0.9:80 -m -w 1
-a -t 10.0.0.1:80 -r 10.0.0.9:81 -g -w 1
`
	if err != nil || table.String() != want {
		t.Errorf("%v, got\n%s\nwant\n%s", err, table, want)
	}
}

func TestKernelClientLivesThroughAModuleThatIsLoadedAnew(t *testing.T) {
	c := dial(t)
	unload(t)
	if table, err := c.Table(); err != nil || len(table) != 0 {
		t.Errorf("%v, %v", table, err)
	}
	unload(t)
	apply(t, c, "-A -t 10.0.0.1:80 -s rr", "-a -t 10.0.0.1:80 -r 10.0.0.9:80 -m")
	if e, err := c.Service(ipvs.AddrKey(ipvs.TCP, netip.MustParseAddrPort("10.0.0.1:80"))); err != nil || e.Scheduler != "rr" {
		t.Errorf("%v, %v", e, err)
	}
}

// unload removes ip_vs and all that uses it. Namespaces of tests that have
// ended hold it until the kernel has taken them apart.
func unload(t *testing.T) {
	t.Helper()
	eventually(t, func() error {
		loaded, err := os.ReadFile("/proc/modules")
		if err != nil {
			return err
		}
		var names []string
		for line := range strings.Lines(string(loaded)) {
			if name := strings.Fields(line)[0]; name == "ip_vs" || strings.HasPrefix(name, "ip_vs_") {
				names = append(names, name)
			}
		}
		if len(names) == 0 {
			return nil
		}
		out, err := exec.Command("modprobe", append([]string{"-r"}, names...)...).CombinedOutput()
		return fmt.Errorf("modprobe -r %v: %v: %s", names, err, out)
	})
}

// eventually asks for what the kernel does in its own time.
func eventually(t *testing.T, check func() error) {
	t.Helper()
	end := time.After(20 * time.Second)
	again := time.NewTicker(20 * time.Millisecond)
	defer again.Stop()
	for {
		err := check()
		if err == nil {
			return
		}
		select {
		case <-end:
			t.Fatal(err)
		case <-again.C:
		}
	}
}

func TestKernelErrorsWithoutTheRightSaySo(t *testing.T) {
	c := dial(t)
	header := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
	var caps [2]unix.CapUserData
	if err := unix.Capget(&header, &caps[0]); err != nil {
		t.Fatal(err)
	}
	without := caps
	without[0].Effective &^= 1 << unix.CAP_NET_ADMIN
	defer unix.Capset(&header, &caps[0]) // the thread is used again
	if err := unix.Capset(&header, &without[0]); err != nil {
		t.Fatal(err)
	}
	if _, err := ipvs.Dial(); !errors.Is(err, fs.ErrPermission) || !strings.Contains(err.Error(), "CAP_NET_ADMIN") {
		t.Errorf("Dial: %v", err)
	}
	_, err := c.Table()
	if !errors.Is(err, fs.ErrPermission) {
		t.Errorf("Table: %v", err)
	}
	change, _ := ipvs.ParseChange("-A -f 7 -s rr")
	if errs := c.Apply([]ipvs.Change{change}); errs == nil || !errors.Is(errs[0], fs.ErrPermission) {
		t.Errorf("Apply: %v", errs)
	}
}

func TestKernelCountsConnectionsAndBytes(t *testing.T) {
	c := dial(t)
	key := ipvs.AddrKey(ipvs.TCP, netip.MustParseAddrPort("127.0.0.2:8080"))
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	apply(t, c, "-A -t 127.0.0.2:8080 -s rr", "-a -t 127.0.0.2:8080 -r "+listener.Addr().String()+" -m")
	conn, err := net.DialTimeout("tcp", key.Addr.String(), 5*time.Second)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	list, err := c.Destinations(key)
	if err != nil || len(list) != 1 || list[0].Active != 1 {
		t.Fatal(list, err)
	}
	eventually(t, func() error { return counted(c, key, 1) })
	if err := c.Zero(key); err != nil {
		t.Fatal(err)
	}
	if err := counted(c, key, 0); err != nil {
		t.Error(err)
	}
}

// counted says if a service and its destination have counted n connections.
func counted(c *ipvs.Client, key ipvs.ServiceKey, n uint64) error {
	table, err := c.Table(key)
	if err != nil {
		return err
	}
	s, d := table[0].Stats, table[0].Destinations[0].Stats
	if s.Connections != n || d.Connections != n || n > 0 && (s.InPackets < 2 || d.InBytes == 0) {
		return fmt.Errorf("counted %+v and %+v", s, d)
	}
	return nil
}

func TestKernelListsTwentyThousandDestinations(t *testing.T) {
	c := dial(t)
	const n = 20000
	changes := many(n)
	if errs := c.Apply(changes); errs != nil {
		t.Fatal(errors.Join(errs...))
	}
	list, err := c.Destinations(changes[0].Service.ServiceKey)
	if err != nil || len(list) != n {
		t.Errorf("%d destinations, %v", len(list), err)
	}
}

// many adds a service with n destinations.
func many(n int) []ipvs.Change {
	s := ipvs.Service{ServiceKey: ipvs.AddrKey(ipvs.TCP, netip.MustParseAddrPort("10.0.0.1:80")), Scheduler: "rr"}
	changes := []ipvs.Change{{Op: ipvs.AddService, Service: s}}
	for i := range n {
		at := netip.AddrPortFrom(netip.AddrFrom4([4]byte{10, 1, byte(i >> 8), byte(i)}), 80)
		changes = append(changes, ipvs.Change{Op: ipvs.AddDestination, Service: s, Destination: ipvs.Destination{Addr: at, Weight: 1}})
	}
	return changes
}
