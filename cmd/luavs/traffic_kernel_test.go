//go:build kernel

package main

import (
	"context"
	"fmt"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"luavs/engine"
	"luavs/engine/admin"
)

// switchWithin is how long a dead server of examples/dsas may still get
// requests: fall times the interval, and a second.
const switchWithin = 3 * time.Second

func (d *daemon) status() (engine.Status, error) {
	return admin.NewClient(d.socket).Status(context.Background())
}

// serving waits until the kernel holds exactly the named web servers, and
// requires that the status agrees. It returns how long that took.
func (d *daemon) serving(within time.Duration, names ...string) time.Duration {
	d.l.t.Helper()
	want := fmt.Sprint(names)
	took := d.l.holds(within, names...)
	status, err := d.status()
	if err != nil {
		d.l.t.Fatal(err)
	}
	var members []string
	for _, m := range status.Policies[0].Services[0].Members {
		members = append(members, hostOf(m.Addr))
	}
	if fmt.Sprint(members) != want {
		d.l.t.Errorf("ipvsadm shows %s, luavs status %v", want, members)
	}
	return took
}

// holds waits until ipvsadm shows exactly the named web servers, each with a
// weight above 0.
func (l *lab) holds(within time.Duration, names ...string) time.Duration {
	l.t.Helper()
	want := fmt.Sprint(names)
	return eventually(l.t, within, "ipvsadm shows "+want, func() bool { return fmt.Sprint(l.destinations()) == want })
}

var destinationLine = regexp.MustCompile(`(?m)^  -> (192\.168\.31\.\d+:\d+) +\S+ +(\d+) `)

// destinations returns the hosts that ipvsadm -Ln shows behind the virtual
// server, sorted; those of weight 0, which do not serve, as "web1=0".
func (l *lab) destinations() []string {
	var names []string
	for _, m := range destinationLine.FindAllStringSubmatch(l.sh("ipvsadm -Ln -t %s 2>/dev/null || true", vipAddr), -1) {
		name := hostOf(m[1])
		if m[2] == "0" {
			name += "=0"
		}
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

func TestKernelTrafficFollowsTheChecks(t *testing.T) {
	l := newLab(t)
	for name := range web {
		l.start(name)
	}
	d := l.run("../../examples/dsas/policy.lua")
	d.serving(10*time.Second, "web1", "web2")
	if got := l.askMany(20); got["web1"] == 0 || got["web2"] == 0 || got["web3"] > 0 {
		t.Errorf("both serve: answers came from %v", got)
	}

	l.stop("web1")
	if took := d.serving(soon, "web2"); took > switchWithin {
		t.Errorf("the switch took %v, want at most %v", took, switchWithin)
	}
	if got := l.askMany(100); got["web2"] != 100 {
		t.Errorf("after the switch answers came from %v, want web2 alone", got)
	}

	l.stop("web2")
	d.serving(soon, "web3")
	if got := l.askMany(20); got["web3"] != 20 {
		t.Errorf("nobody left: answers came from %v, want the sorry server alone", got)
	}

	l.start("web1")
	l.start("web2")
	d.serving(2*soon, "web1", "web2")
	if got := l.askMany(40); got["web1"] == 0 || got["web2"] == 0 || got["web3"] > 0 {
		t.Errorf("both are back: answers came from %v", got)
	}
	d.end()
	if got := fmt.Sprint(l.destinations()); got != "[web1 web2]" {
		t.Errorf("after SIGTERM the kernel holds %s, want all as it was", got)
	}
	l.askMany(5)
}

func TestKernelPolicyAddsAServerWhenFewAreLeft(t *testing.T) {
	l := newLab(t)
	for name := range web {
		l.start(name)
	}
	policy := l.policy("dynamic.lua", `
virtual_server "10.10.31.100:80" {
  scheduler = "rr",
  check = check.http { path = "/", every = "1s", timeout = "500ms", rise = 1, fall = 2 },
  real_server "192.168.31.101:80", real_server "192.168.31.102:80",
  policy = function(vs)
    local up = vs:up()
    if #up < 2 then up[#up + 1] = "192.168.31.103:80" end
    return up
  end,
}`)
	d := l.run(policy)
	d.serving(10*time.Second, "web1", "web2")
	l.stop("web1")
	d.serving(soon, "web2", "web3")
	if got := l.askMany(20); got["web2"] == 0 || got["web3"] == 0 {
		t.Errorf("answers came from %v, want web2 and the added web3", got)
	}
	l.start("web1")
	d.serving(2*soon, "web1", "web2")
}

func TestKernelForeignServicesAreLeftAlone(t *testing.T) {
	l := newLab(t)
	l.start("web1")
	l.start("web2")
	l.sh(`ipvsadm -A -t 10.10.31.100:8080 -s sh -p 300
ipvsadm -a -t 10.10.31.100:8080 -r 192.168.31.101:80 -m -w 7
ipvsadm -A -f 9 -s rr`)
	foreign := l.sh("ipvsadm -Sn")
	path := l.policy("web.lua", policyText(1))
	d := l.run(path)
	d.serving(10*time.Second, "web1", "web2")
	others := func(when string) {
		t.Helper()
		table := l.sh("ipvsadm -Sn")
		for line := range strings.Lines(foreign) {
			if !strings.Contains(table, line) {
				t.Errorf("%s: %q is gone from the table:\n%s", when, line, table)
			}
		}
	}
	others("in force")
	l.sh("ipvsadm -e -t %[1]s -r 192.168.31.101:80 -m -w 9; ipvsadm -d -t %[1]s -r 192.168.31.102:80", vipAddr)
	eventually(t, 10*time.Second, "what somebody did to ours is mended", func() bool {
		table := l.sh("ipvsadm -Sn")
		return strings.Contains(table, "-r 192.168.31.101:80 -m -w 1\n") && strings.Contains(table, "-r 192.168.31.102:80 -m -w 1\n")
	})
	others("somebody changed ours")

	// A reload by the watch, then one by SIGHUP.
	l.policy("web.lua", policyText(5))
	eventually(t, 5*time.Second, "the new weight is in the kernel", func() bool {
		return strings.Contains(l.sh("ipvsadm -Sn"), "-r 192.168.31.101:80 -m -w 5")
	})
	others("reloaded")
	d.cmd.Process.Signal(syscall.SIGHUP)
	eventually(t, 5*time.Second, "SIGHUP reloads", func() bool { return strings.Count(d.logged(), "policy in force") >= 2 })
	others("after SIGHUP")
	d.end()
	others("after the end")
}

func TestKernelBrokenPolicyTouchesNothing(t *testing.T) {
	l := newLab(t)
	l.start("web1")
	l.start("web2")
	broken := l.policy("broken.lua", strings.Replace(policyText(1), "},", ",", 1))
	out, err := luavs("run", "--state", "none", "--listen", filepath.Join(l.dir, "broken.sock"), broken).CombinedOutput()
	if err == nil || !strings.Contains(string(out), "broken.lua:") {
		t.Errorf("luavs run on a broken policy: %v\n%s", err, out)
	}
	if table := l.sh("ipvsadm -Sn"); table != "" {
		t.Errorf("a broken policy changed the kernel:\n%s", table)
	}

	path := l.policy("web.lua", policyText(1))
	d := l.run(path)
	d.serving(10*time.Second, "web1", "web2")
	before := l.sh("ipvsadm -Sn")
	l.policy("web.lua", strings.Replace(policyText(9), "},", ",", 1))
	eventually(t, 5*time.Second, "the mistake is in the status", func() bool {
		status, err := d.status()
		return err == nil && len(status.Problems) == 1 && strings.Contains(status.Problems[0], "web.lua:")
	})
	if after := l.sh("ipvsadm -Sn"); after != before {
		t.Errorf("a broken reload changed the kernel from\n%s\nto\n%s", before, after)
	}
	l.stop("web2")
	d.serving(soon, "web1") // the old policy is still at work
	l.policy("web.lua", policyText(9))
	eventually(t, 5*time.Second, "the mended policy is in force", func() bool {
		return strings.Contains(l.sh("ipvsadm -Sn"), "-w 9")
	})
}

// policyText is a policy for both web servers; the first has a weight. A server
// that is dead is out soon, and one that is slow stays.
func policyText(weight int) string {
	return fmt.Sprintf(`
virtual_server "10.10.31.100:80" {
  scheduler = "wrr",
  check = check.http { path = "/", every = "1s", timeout = "1s", rise = 1, fall = { 2, timeout = 20 } },
  real_server "192.168.31.101:80" { weight = %d },
  real_server "192.168.31.102:80" { weight = 1 },
}`, weight)
}
