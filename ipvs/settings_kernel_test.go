//go:build kernel

package ipvs_test

import (
	"errors"
	"fmt"
	"io/fs"
	"net/netip"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"luavs/ipvs"
	"luavs/ipvs/ipvstest"
)

func setting(t *testing.T, c *ipvs.Client) {
	ipvstest.Command(t, "ipvsadm", "--set", "901", "121", "301")
	got, err := c.Timeouts()
	if want := (ipvs.Timeouts{TCP: 901 * time.Second, TCPFIN: 121 * time.Second, UDP: 301 * time.Second}); err != nil || got != want {
		t.Errorf("%v, %v", got, err)
	}
	if err := c.SetTimeouts(ipvs.Timeouts{TCPFIN: 77 * time.Second}); err != nil {
		t.Fatal(err)
	}
	printed(t, `901 77 301`, "-Ln", "--timeout")
}

func syncing(t *testing.T, c *ipvs.Client) {
	ipvstest.Command(t, "ip", "link", "add", "d0", "type", "dummy")
	ipvstest.Command(t, "ip", "-6", "addr", "add", "2001:db8::2/64", "dev", "d0", "nodad")
	ipvstest.Command(t, "ip", "link", "set", "d0", "up")
	theirs := strings.Fields("--start-daemon master --mcast-interface d0 --syncid 5 --sync-maxlen 1000 --mcast-group ff05::81 --mcast-port 9000 --mcast-ttl 7")
	ipvstest.Command(t, "ipvsadm", theirs...)
	want := ipvs.Daemon{Role: ipvs.Master, Interface: "d0", SyncID: 5, MaxLen: 1000, Group: netip.MustParseAddr("ff05::81"), Port: 9000, TTL: 7}
	if list, err := c.Daemons(); err != nil || !slices.Equal(list, []ipvs.Daemon{want}) {
		t.Errorf("%+v, %v", list, err)
	}
	ours := ipvs.Daemon{Role: ipvs.Backup, Interface: "lo", SyncID: 9, MaxLen: 2000, Group: netip.MustParseAddr("224.0.0.99"), Port: 9001, TTL: 3}
	if err := c.StartDaemon(ours); err != nil {
		t.Fatal(err)
	}
	printed(t, regexp.QuoteMeta("backup sync daemon (mcast=lo, syncid=9, maxlen=2000, group=224.0.0.99, port=9001, ttl=3)"), "-Ln", "--daemon")
	ipvstest.Command(t, "ipvsadm", "--stop-daemon", "backup")
	if list, err := c.Daemons(); err != nil || len(list) != 1 {
		t.Errorf("%+v, %v", list, err)
	}
	if err := c.StopDaemon(ipvs.Master); err != nil {
		t.Fatal(err)
	}
	if out := ipvstest.Command(t, "ipvsadm", "-Ln", "--daemon"); strings.Contains(out, "master") || strings.Contains(out, "backup") {
		t.Error(out)
	}
}

// TestKernelDaemonsThatStopBeforeTheyRunDoNotHang: the kernel is silent then.
func TestKernelDaemonsThatStopBeforeTheyRunDoNotHang(t *testing.T) {
	c := dial(t)
	d := ipvs.Daemon{Role: ipvs.Master, Interface: "lo"}
	start := time.Now()
	for range 20 {
		if err := c.StartDaemon(d); err != nil {
			t.Fatal(err)
		}
		if err := c.StopDaemon(ipvs.Master); err != nil {
			t.Fatal(err)
		}
	}
	if list, err := c.Daemons(); err != nil || len(list) != 0 {
		t.Errorf("%v, %v", list, err)
	}
	if took := time.Since(start); took > 5*time.Second { // what a lost answer takes
		t.Errorf("took %v", took)
	}
}

func TestKernelInfoIsWhatIpvsadmPrints(t *testing.T) {
	c := dial(t)
	info, err := c.Info()
	if err != nil {
		t.Fatal(err)
	}
	printed(t, regexp.QuoteMeta(fmt.Sprintf("version %s (size=%d)", info.Version, info.ConnectionTable)), "-Ln")
}

// TestKernelHasTheListedVariables finds names that are in the kernel and not in
// the list, or the other way round.
func TestKernelHasTheListedVariables(t *testing.T) {
	c := dial(t)
	names := strings.Fields(ipvstest.Command(t, "ls", "/proc/sys/net/ipv4/vs"))
	known := ipvs.Sysctls()
	for _, name := range names {
		if !slices.ContainsFunc(known, func(s ipvs.Sysctl) bool { return s.Name == name }) {
			t.Errorf("%s is not listed", name)
		}
		value, err := c.Sysctl(name)
		if err != nil {
			t.Error(err)
		}
		readOnly := name == "debug_level" // outside the first network namespace
		if err := c.SetSysctl(name, value); err != nil && !(readOnly && errors.Is(err, fs.ErrPermission)) {
			t.Errorf("what the kernel has is refused: %v", err)
		}
	}
	for _, s := range known {
		if s.Needs == "" && !slices.Contains(names, s.Name) {
			t.Errorf("%s is listed, and not there", s.Name)
		}
	}
}
