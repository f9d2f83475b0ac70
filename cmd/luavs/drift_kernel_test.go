//go:build kernel

package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// hearsDrift is what a policy has that logs all drift it is told of.
const hearsDrift = `
on("drift", function(ev)
  for _, d in ipairs(ev.drift) do log.warn("heard", { of = ev.service.name, text = d.text }) end
end)`

// heard tells whether the policy has logged drift of a service.
func (d *daemon) heard(service, text string) bool {
	for line := range strings.Lines(d.logged()) {
		if strings.Contains(line, "msg=heard ") && strings.Contains(line, service) && strings.Contains(line, text) {
			return true
		}
	}
	return false
}

func TestKernelDriftIsToldAndMended(t *testing.T) {
	l := newLab(t)
	l.start("web1")
	l.start("web2")
	named := strings.Replace(policyText(1), "scheduler", `name = "web", scheduler`, 1)
	d := l.run(l.policy("web.lua", named+hearsDrift))
	d.serving(10*time.Second, "web1", "web2")
	table := l.sh("ipvsadm -Sn")
	for _, tt := range []struct {
		does string
		told []string
	}{
		{"ipvsadm -e -t %[1]s -r 192.168.31.101:80 -m -w 9; ipvsadm -d -t %[1]s -r 192.168.31.102:80",
			[]string{"192.168.31.101:80 has nat weight 9, it had nat weight 1", "192.168.31.102:80 was deleted, it had nat weight 1"}},
		{"ipvsadm -e -t %[1]s -r 192.168.31.101:80 -g -w 1; ipvsadm -a -t %[1]s -r 192.168.31.103:80 -i -w 2",
			[]string{"192.168.31.101:80 has dr weight 1, it had nat weight 1", "192.168.31.103:80 was added with tunnel weight 2"}},
		{"ipvsadm -E -t %[1]s -s sh", []string{"the service has sh, it had wrr"}},
		{"ipvsadm -D -t %[1]s", []string{"the service was deleted, it had wrr"}},
	} {
		l.sh(tt.does, vipAddr)
		eventually(t, 10*time.Second, tt.does+" is mended", func() bool { return l.sh("ipvsadm -Sn") == table })
		for _, text := range tt.told {
			eventually(t, 5*time.Second, "the policy hears: "+text, func() bool { return d.heard("web", text) })
		}
	}
}

// The table comes back as it was, all of it but for a connection's end: who only
// drained is gone with his connections.
func TestKernelModuleUnloadedUnderTheDaemon(t *testing.T) {
	if !inGuest(t) {
		return
	}
	l := pathLab(t)
	d := l.run(l.policy("web.lua", policyText(3)+hearsDrift+
		pathPolicy("10.10.31.100:81", "nat", "", "192.168.31.101:80", "192.168.31.102:80")+`
virtual_server "10.10.31.100:82" { scheduler = "rr", real_server "192.168.31.102:80" {} }
virtual_server { fwmark = 7, scheduler = "sh", persistence = "5m", real_server "192.168.31.101:0" { weight = 4 } }`))
	d.serving(10*time.Second, "web1", "web2")
	conn, err := l.dialFrom("client")(context.Background(), "tcp", "10.10.31.100:82")
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	l.order(d, "drain", "192.168.31.102:80", "--service", "10.10.31.100:82")
	const drains = "-a -t 10.10.31.100:82 -r 192.168.31.102:80 -m -w 0\n"
	var table string
	eventually(t, 10*time.Second, "all services are there, their paths too, and one drains", func() bool {
		table = l.sh("ipvsadm -Sn")
		return strings.Contains(table, drains) && len(l.paths()) == 2 && strings.Count(table, "-a -t 10.10.31.100:81 ") == 2
	})
	l.sh(`n=0
until ipvsadm -C && modprobe -r ip_vs_rr ip_vs_wrr ip_vs_sh ip_vs_wlc ip_vs; do n=$((n+1)); [ $n -lt 10 ]; done # the daemon may come in between`)
	want, now, ends := strings.Replace(table, drains, "", 1), "", time.Now().Add(20*time.Second)
	eventually(t, 30*time.Second, "the table is as it was, or it is too late", func() bool {
		now = l.sh("ipvsadm -Sn")
		return now == want || time.Now().After(ends)
	})
	if now != want {
		t.Errorf("the table was\n%s\nand is\n%s", table, now)
	}
	for service, scheduler := range map[string]string{"10.10.31.100:80": "wrr", "10.10.31.100:81": "rr", "10.10.31.100:82": "rr"} {
		text := fmt.Sprintf("the service was deleted, it had %s", scheduler)
		eventually(t, 5*time.Second, "the policy hears of "+service, func() bool { return d.heard(service, text) })
	}
	if log := d.logged(); !strings.Contains(log, "path of checks") {
		t.Error("nothing is said of the paths of checks")
	}
	l.askMany(10)
}

// Blue serves until the kernel takes green: it refuses the broadcast address of a
// network.
func TestKernelNobodyLeavesForWhomItRefuses(t *testing.T) {
	l := newLab(t)
	l.start("web1")
	l.start("web2")
	only := func(addr string) string {
		return strings.Replace(policyText(1), "},\n}", fmt.Sprintf("},\n  policy = function() return { %q } end,\n}", addr), 1)
	}
	d := l.run(l.policy("web.lua", only("192.168.31.101:80")))
	d.settled()
	d.serving(10*time.Second, "web1")
	table := l.sh("ipvsadm -Sn")
	l.policy("web.lua", only("192.168.31.255:80"))
	eventually(t, 10*time.Second, "the refusal is in the status", func() bool {
		status, err := d.status()
		return err == nil && strings.Contains(status.Policies[0].Services[0].Problem, "those who are to leave serve on")
	})
	ends := time.Now().Add(6 * time.Second)
	eventually(t, 10*time.Second, "time for a resync passes", func() bool {
		l.askMany(1)
		if now := l.sh("ipvsadm -Sn"); now != table {
			t.Fatalf("the table was\n%s\nand is\n%s", table, now)
		}
		return time.Now().After(ends)
	})
	l.policy("web.lua", only("192.168.31.102:80"))
	d.serving(10*time.Second, "web2")
	if got := l.askMany(10); got["web2"] != 10 {
		t.Errorf("answers came from %v", got)
	}
}

// A plan knows what a daemon keeps, and what it would not take.
func TestKernelPlanBesideADaemon(t *testing.T) {
	l := newLab(t)
	l.sh("ipvsadm -A -t 10.10.31.100:83 -s sh")
	text := policyText(1) + `
virtual_server "10.10.31.100:83" { existing = "refuse", real_server "192.168.31.101:80" {} }`
	gone := `
virtual_server "10.10.31.100:81" { existing = "refuse", real_server "192.168.31.101:80" {} }`
	d := l.run(l.policy("web.lua", text+gone))
	eventually(t, 10*time.Second, "the service on port 81 is there", func() bool {
		return strings.Contains(l.sh("ipvsadm -Sn"), "-a -t 10.10.31.100:81 ")
	})
	plan := func(socket, name, text string) string {
		t.Helper()
		path := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		out, err := luavs("plan", "--listen", socket, path).CombinedOutput()
		if err != nil {
			t.Errorf("luavs plan: %v\n%s", err, out)
		}
		return string(out)
	}
	const left = `= tcp 10.10.31.100:83 is left alone`
	got := plan(d.socket, "web.lua", text)
	if !strings.Contains(got, "\n- tcp 10.10.31.100:81\n") || !strings.HasPrefix(got, left) || strings.Contains(got, "only what") {
		t.Errorf("with the daemon:\n%s", got)
	}
	if got := plan(d.socket, "web.lua", text+gone); strings.Contains(got, ":81") {
		t.Errorf("with all that was declared:\n%s", got)
	}
	if got := plan(d.socket, "other.lua", `virtual_server "10.10.31.100:90" { real_server "192.168.31.101:80" {} }`); strings.Contains(got, "- tcp") {
		t.Errorf("another policy:\n%s", got)
	}
	if got := plan(l.dir+"/nobody.sock", "web.lua", text+gone); strings.Contains(got, "- tcp") || !strings.Contains(got, "only what the policies declare is compared") || !strings.Contains(got, "= tcp 10.10.31.100:81 is left alone") {
		t.Errorf("without a daemon:\n%s", got)
	}
}
