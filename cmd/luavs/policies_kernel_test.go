//go:build kernel

package main

import (
	"fmt"
	"testing"
	"time"
)

const colourPolicy = `
virtual_server "10.10.31.100:80" {
  scheduler = "rr", drain = "10s",
  check = check.http { path = "/", every = "2s", timeout = "2s" },
  real_server "192.168.31.101:80", real_server "192.168.31.102:80",
  policy = policy.blue_green { blue = { "192.168.31.101:80" }, green = { "192.168.31.102:80" }, active = %q },
}`

// TestKernelNobodyIsLostInASwitchOfBlueAndGreen switches by a change of the
// file, under load.
func TestKernelNobodyIsLostInASwitchOfBlueAndGreen(t *testing.T) {
	const switches = 20
	l := newLab(t)
	l.start("web1")
	l.start("web2")
	d := l.run(l.policy("web.lua", fmt.Sprintf(colourPolicy, "blue")))
	l.holds(10*time.Second, "web1")
	l.askMany(5)
	h, c := l.history(), l.clients(2)
	for i := range switches {
		colour, server := "green", "web2"
		if i%2 == 1 {
			colour, server = "blue", "web1"
		}
		l.policy("web.lua", fmt.Sprintf(colourPolicy, colour))
		if out, err := luavs("reload", "--listen", d.socket).CombinedOutput(); err != nil {
			t.Fatalf("luavs reload: %v\n%s", err, out)
		}
		h.sees(server)
		c.hear(t, server, 20)
	}
	c.stop()
	failed, count := 0, map[string]int{}
	for _, r := range c.sent {
		if r.err != nil {
			failed++
			t.Errorf("%v for %v: %v", r.began.Format(time.StampMilli), r.ended.Sub(r.began), r.err)
		}
		count[r.server]++
	}
	t.Logf("%d switches: %d tables; %d requests, answered by %v, %d failed", switches, h.served(), len(c.sent), count, failed)
}

func TestKernelCanariesGetTheirShare(t *testing.T) {
	l := newLab(t)
	for name := range web {
		l.start(name)
	}
	l.run(l.policy("web.lua", `
virtual_server "10.10.31.100:80" {
  scheduler = "wrr",
  check = check.http { path = "/", every = "2s", timeout = "2s" },
  real_server "192.168.31.101:80" { weight = 100 }, real_server "192.168.31.102:80" { weight = 200 },
  real_server "192.168.31.103:80" { weight = 100, tags = { canary = true } },
  policy = policy.canary { share = "10%" },
}`))
	l.holds(10*time.Second, "web1", "web2", "web3")
	got := l.askMany(600) // 180, 360 and 60, if each turn of wrr is whole
	for name, want := range map[string]int{"web1": 180, "web2": 360, "web3": 60} {
		if got[name] < want-15 || got[name] > want+15 {
			t.Errorf("%s answered %d of 600 requests, want %d: %v", name, got[name], want, got)
		}
	}
}
