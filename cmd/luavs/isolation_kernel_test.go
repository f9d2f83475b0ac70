//go:build kernel

package main

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// TestKernelDirectorThatLosesItsNetworkHoldsTheTable takes the director's link to
// all web servers down, for longer than checks need to take servers out.
func TestKernelDirectorThatLosesItsNetworkHoldsTheTable(t *testing.T) {
	l := newLab(t)
	for name := range web {
		l.start(name)
	}
	d := l.run(l.policy("web.lua", `
local check = check.http { path = "/", every = "500ms", timeout = "400ms", rise = 2, fall = 3 }
local function farm()
  local f = { scheduler = "rr", check = check, policy = policy.standard { sorry_server = "192.168.31.9:80" } }
  for i = 101, 103 do f[#f + 1] = real_server("192.168.31." .. i .. ":80") end
  return f
end
virtual_server "10.10.31.100:80" (farm())
virtual_server "10.10.31.100:8080" (farm())`))
	d.serving(10*time.Second, "web1", "web2", "web3")
	before := l.sh("ipvsadm -Sn")
	l.sh("ip link set inner down")
	d.isolated(true)
	l.keepsTable(8*time.Second, before)
	l.sh("ip link set inner up")
	d.isolated(false)
	if got := l.askMany(30); len(got) != 3 {
		t.Errorf("answers came from %v, want all three", got)
	}
	if logged := d.logged(); strings.Contains(logged, "server down") {
		t.Errorf("servers went down:\n%s", logged)
	}
	l.stop("web2") // what is really down goes down
	l.stop("web3")
	d.serving(soon, "web1")
	if got := fmt.Sprint(l.askMany(10)); got != "map[web1:10]" {
		t.Errorf("answers came from %s, want web1 alone", got)
	}
}

// TestKernelDirectorThatLosesItsNetworkAgainAndAgain takes the link to all web
// servers down three times, of a policy that takes a server down with its first
// fail and holds it the second time. The third time the daemon is restarted
// meanwhile.
func TestKernelDirectorThatLosesItsNetworkAgainAndAgain(t *testing.T) {
	l := newLab(t)
	for name := range web {
		l.start(name)
	}
	policy := l.policy("web.lua", `
local check = check.http { path = "/", every = "500ms", timeout = "400ms", rise = 1, fall = 1 }
local function farm()
  local f = { scheduler = "rr", check = check, hold_down = { "10m", max = "10m", forget = "1h" } }
  for i = 101, 103 do f[#f + 1] = real_server("192.168.31." .. i .. ":80") end
  return f
end
virtual_server "10.10.31.100:80" (farm())
virtual_server "10.10.31.100:8080" (farm())`)
	d := l.run(policy)
	d.serving(10*time.Second, "web1", "web2", "web3")
	before := l.sh("ipvsadm -Sn")
	whole := func() bool { return l.sh("ipvsadm -Sn") == before }
	for round := range 3 {
		l.sh("ip link set inner down")
		d.isolated(true)
		if round == 2 {
			d.end()
			d = l.run(policy)
			d.isolated(true)
		}
		eventually(t, 2*time.Second, "who was taken out before it was clear is back", whole)
		l.keepsTable(4*time.Second, before)
		l.sh("ip link set inner up")
		d.isolated(false)
		l.keepsTable(3*time.Second, before)
	}
	if got := l.askMany(30); len(got) != 3 {
		t.Errorf("answers came from %v, want all three", got)
	}
	l.stop("web2") // what goes down by itself does so for the first time
	d.serving(switchWithin, "web1", "web3")
	l.start("web2")
	d.serving(switchWithin, "web1", "web2", "web3")
}

// isolated waits until the status says that the director's own network is lost,
// or that it is not.
func (d *daemon) isolated(want bool) {
	d.l.t.Helper()
	eventually(d.l.t, 10*time.Second, fmt.Sprintf("the network is lost: %v", want), func() bool {
		status, err := d.status()
		return err == nil && strings.Contains(status.Policies[0].Problem, "our own network") == want
	})
}

// keepsTable requires that ipvsadm shows the same for a time.
func (l *lab) keepsTable(lasts time.Duration, want string) {
	l.t.Helper()
	ends := time.Now().Add(lasts)
	eventually(l.t, lasts+5*time.Second, "time passes", func() bool {
		if now := l.sh("ipvsadm -Sn"); now != want {
			l.t.Fatalf("the table was\n%s\nand is\n%s", want, now)
		}
		return time.Now().After(ends)
	})
}
