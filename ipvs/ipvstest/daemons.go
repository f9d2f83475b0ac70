package ipvstest

import (
	"errors"
	"io/fs"
	"net/netip"
	"slices"
	"syscall"
	"testing"

	"luavs/ipvs"
)

// daemons needs an interface "lo", and none of the name "nosuch".
func daemons(t *testing.T, k Kernel) {
	if list, err := k.Daemons(); err != nil || len(list) != 0 {
		t.Errorf("before: %v, %v", list, err)
	}
	start := func(d ipvs.Daemon, errno syscall.Errno) {
		t.Helper()
		if err := k.StartDaemon(d); !answers(err, errno) {
			t.Errorf("StartDaemon(%+v): %v", d, err)
		}
	}
	stop := func(r ipvs.Role, errno syscall.Errno) {
		t.Helper()
		if err := k.StopDaemon(r); !answers(err, errno) {
			t.Errorf("StopDaemon(%v): %v", r, err)
		}
	}
	running := func(want ...ipvs.Daemon) {
		t.Helper()
		if list, err := k.Daemons(); err != nil || !slices.Equal(list, want) {
			t.Errorf("runs %+v, %v", list, err)
		}
	}
	master := ipvs.Daemon{Role: ipvs.Master, Interface: "lo", SyncID: 255, MaxLen: 1472,
		Group: netip.MustParseAddr("224.0.0.81"), Port: 8848, TTL: 1}
	backup := ipvs.Daemon{Role: ipvs.Backup, Interface: "lo", MaxLen: 1400,
		Group: netip.MustParseAddr("ff01::81"), Port: 9000, TTL: 7}

	start(ipvs.Daemon{Role: ipvs.Master, Interface: "nosuch"}, syscall.ENODEV)
	start(ipvs.Daemon{Role: ipvs.Master, Interface: "lo", SyncID: 255}, 0)
	running(master)
	start(master, syscall.EEXIST)
	start(ipvs.Daemon{Role: ipvs.Master, Interface: "nosuch"}, syscall.ENODEV)
	start(backup, 0)
	running(master, backup)
	stop(ipvs.Master, 0)
	running(backup)
	stop(ipvs.Master, syscall.ESRCH)
	stop(ipvs.Backup, 0)
	start(ipvs.Daemon{Role: ipvs.Backup, Interface: "lo"}, 0)
	plain := ipvs.Daemon{Role: ipvs.Backup, Interface: "lo", MaxLen: 65507, Group: master.Group, Port: 8848, TTL: 1}
	running(plain)
	stop(ipvs.Backup, 0)
	running()

	if err := k.StopDaemon(ipvs.Backup); !errors.Is(err, ipvs.ErrNoDaemon) || !errors.Is(err, fs.ErrNotExist) || errors.Is(err, ipvs.ErrNoService) {
		t.Errorf("StopDaemon of none: %v", err)
	}
}

// badDaemons are those that the kernel refuses, or takes as others.
func badDaemons(t *testing.T, k Kernel) {
	for name, change := range map[string]func(*ipvs.Daemon){
		"no role":              func(d *ipvs.Daemon) { d.Role = 0 },
		"both roles":           func(d *ipvs.Daemon) { d.Role = 3 },
		"no interface":         func(d *ipvs.Daemon) { d.Interface = "" },
		"a long interface":     func(d *ipvs.Daemon) { d.Interface = "sixteen-bytes-xx" },
		"an interface cut off": func(d *ipvs.Daemon) { d.Interface = "lo\x00" },
		"a negative sync id":   func(d *ipvs.Daemon) { d.SyncID = -1 },
		"a sync id of 256":     func(d *ipvs.Daemon) { d.SyncID = 256 },
		"a short message":      func(d *ipvs.Daemon) { d.MaxLen = 1023 },
		"a long message":       func(d *ipvs.Daemon) { d.MaxLen = 65508 },
		"a long message in IPv6": func(d *ipvs.Daemon) {
			d.MaxLen, d.Group = 65488, netip.MustParseAddr("ff02::81")
		},
		"a unicast group":       func(d *ipvs.Daemon) { d.Group = netip.MustParseAddr("10.0.0.1") },
		"a unicast IPv6 group":  func(d *ipvs.Daemon) { d.Group = netip.MustParseAddr("2001:db8::1") },
		"a group with a zone":   func(d *ipvs.Daemon) { d.Group = netip.MustParseAddr("ff02::81%lo") },
		"a group in IPv6 form":  func(d *ipvs.Daemon) { d.Group = netip.MustParseAddr("::ffff:224.0.0.81") },
		"an unspecified group":  func(d *ipvs.Daemon) { d.Group = netip.IPv4Unspecified() },
		"a broadcast for group": func(d *ipvs.Daemon) { d.Group = netip.MustParseAddr("255.255.255.255") },
	} {
		d := ipvs.Daemon{Role: ipvs.Backup, Interface: "lo"}
		change(&d)
		if err := k.StartDaemon(d); !answers(err, syscall.EINVAL) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := k.StopDaemon(3); !answers(err, syscall.EINVAL) {
		t.Errorf("StopDaemon(3): %v", err)
	}
	if list, err := k.Daemons(); err != nil || len(list) != 0 {
		t.Errorf("runs %v, %v", list, err)
	}
}

// mixed families and the sync protocol exclude each other.
func mixed(t *testing.T, k Kernel) {
	d := ipvs.Daemon{Role: ipvs.Backup, Interface: "lo"}
	runScript(t, k, `
		-A -t 10.0.0.1:80 -s rr
		-a -t 10.0.0.1:80 -r [2001:db8::9]:80 -i`)
	if err := k.StartDaemon(d); !answers(err, syscall.EINVAL) {
		t.Errorf("StartDaemon beside a mixed destination: %v", err)
	}
	runScript(t, k, "-d -t 10.0.0.1:80 -r [2001:db8::9]:80")
	if err := k.StartDaemon(d); err != nil {
		t.Fatal(err)
	}
	runScript(t, k, `
		-a -t 10.0.0.1:80 -r [2001:db8::9]:80 -i ! EINVAL
		-e -t 10.0.0.1:80 -r [2001:db8::9]:80 -i ! EINVAL
		-d -t 10.0.0.1:80 -r [2001:db8::9]:80 ! ENOENT
		-a -t 10.0.0.1:80 -r 10.0.0.9:80 -i`)
	if err := k.StopDaemon(ipvs.Backup); err != nil {
		t.Error(err)
	}
	runScript(t, k, "-a -t 10.0.0.1:80 -r [2001:db8::9]:80 -i")
}
