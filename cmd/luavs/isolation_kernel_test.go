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
	problem := func() string {
		status, err := d.status()
		if err != nil {
			t.Fatal(err)
		}
		return status.Policies[0].Problem
	}
	l.sh("ip link set inner down")
	eventually(t, 10*time.Second, "the loss is noticed", func() bool { return strings.Contains(problem(), "our own network") })
	ends := time.Now().Add(8 * time.Second)
	eventually(t, 10*time.Second, "time passes", func() bool {
		if now := l.sh("ipvsadm -Sn"); now != before {
			t.Fatalf("the table was\n%s and is\n%s", before, now)
		}
		return time.Now().After(ends)
	})
	l.sh("ip link set inner up")
	eventually(t, 10*time.Second, "the network is back", func() bool { return problem() == "" })
	if got := l.askMany(30); len(got) != 3 {
		t.Errorf("answers came from %v, want all three", got)
	}
	if logged := d.logged(); strings.Contains(logged, "server down") {
		t.Errorf("servers went down:\n%s", logged)
	}
	l.stop("web2") // what is really down goes down
	l.stop("web3")
	d.serving(switchWithin+2*time.Second, "web1")
	if got := fmt.Sprint(l.askMany(10)); got != "map[web1:10]" {
		t.Errorf("answers came from %s, want web1 alone", got)
	}
}
