//go:build kernel

package main

import (
	"fmt"
	"net"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"luavs/engine"
)

// pathPolicy has web1 and web2 asked by way of the service, with more fields for
// the check.
func pathPolicy(vip, forward, fields string, servers ...string) string {
	var list strings.Builder
	for _, s := range servers {
		fmt.Fprintf(&list, "  real_server %q,\n", s)
	}
	return fmt.Sprintf(`
virtual_server %q {
  scheduler = "rr",
  forward = %q,
  check = check.http { via = "service", every = "500ms", timeout = "400ms", rise = 1, fall = 2, %s },
%s}`, vip, forward, fields, list.String())
}

const bothWebs = "192.168.31.101:80 192.168.31.102:80"

// pathLab is a lab whose director hears answers from its virtual address.
func pathLab(t *testing.T) *lab {
	t.Helper()
	l := newLab(t)
	l.start("web1")
	l.start("web2")
	l.sh("echo 1 >/proc/sys/net/ipv4/conf/inner/accept_local")
	return l
}

// direct gives web servers the virtual address on their loopback, unannounced.
func (l *lab) direct(names ...string) {
	l.t.Helper()
	for _, name := range names {
		l.sh(`ip netns exec %[1]s sh -c 'echo 1 >/proc/sys/net/ipv4/conf/all/arp_ignore; echo 2 >/proc/sys/net/ipv4/conf/all/arp_announce'
ip -n %[1]s addr add 10.10.31.100/32 dev lo`, name)
	}
}

// tunnel gives web servers the end of a tunnel with the virtual address.
func (l *lab) tunnel(names ...string) {
	l.t.Helper()
	for _, name := range names {
		l.sh(`ip -n %[1]s link add vs0 type ipip local 192.168.31.%[2]s
ip -n %[1]s addr add 10.10.31.100/32 dev vs0
ip -n %[1]s link set vs0 up
ip netns exec %[1]s sh -c 'echo 0 >/proc/sys/net/ipv4/conf/vs0/rp_filter; echo 0 >/proc/sys/net/ipv4/conf/all/rp_filter
echo 1 >/proc/sys/net/ipv4/conf/all/arp_ignore; echo 2 >/proc/sys/net/ipv4/conf/all/arp_announce'`, name, web[name])
	}
}

// answers requires that a server answers at its own address.
func (l *lab) answers(addr string) {
	l.t.Helper()
	c, err := net.DialTimeout("tcp", addr, time.Second)
	if err != nil {
		l.t.Errorf("its own address does not answer: %v", err)
		return
	}
	c.Close()
}

// server returns what the status says of a server of the first service.
func (d *daemon) server(n int) engine.ServerStatus {
	d.l.t.Helper()
	status, err := d.status()
	if err != nil {
		d.l.t.Fatal(err)
	}
	return status.Policies[0].Services[0].Servers[n]
}

// paths returns the private services as ipvsadm shows them, one a line.
func (l *lab) paths() []string {
	l.t.Helper()
	return regexp.MustCompile(`(?m)^-a -f 1819\d+ .*$`).FindAllString(l.sh("ipvsadm -Sn"), -1)
}

// connections is what ipvsadm counts of a service: "-t 10.10.31.100:80".
func (l *lab) connections(service string) int {
	l.t.Helper()
	text := l.sh("ipvsadm -Ln --stats --exact " + service)
	found := regexp.MustCompile(`(?m)^(?:TCP|FWM) +\S+ +(\d+) `).FindStringSubmatch(text)
	if found == nil {
		l.t.Fatalf("no counters in\n%s", text)
	}
	n, _ := strconv.Atoi(found[1])
	return n
}

func TestKernelPathFindsADirectServerWithoutTheVirtualAddress(t *testing.T) {
	l := pathLab(t)
	l.direct("web1", "web2")
	d := l.run(l.policy("web.lua", pathPolicy(vipAddr, "dr", "", strings.Fields(bothWebs)...)))
	d.serving(10*time.Second, "web1", "web2")

	l.sh("ip -n web1 addr del 10.10.31.100/32 dev lo")
	d.serving(soon, "web2")
	if reason := d.server(0).Reason; reason != "no answer within 400ms (not connected)" {
		t.Errorf("web1 is down because of %q", reason)
	}
	l.answers("192.168.31.101:80")
	if got := l.askMany(20); got["web2"] != 20 {
		t.Errorf("answers came from %v, want web2 alone", got)
	}
	l.sh("ip -n web1 addr add 10.10.31.100/32 dev lo")
	d.serving(soon, "web1", "web2")
}

// The example's addresses are those of the lab here.
func TestKernelPathExampleSaysWhereToLook(t *testing.T) {
	l := pathLab(t)
	l.direct("web1", "web2")
	text, err := os.ReadFile("../../examples/dr-real-path/policy.lua")
	if err != nil {
		t.Fatal(err)
	}
	policy := strings.NewReplacer("10.0.0.11:80", "192.168.31.101:80", "10.0.0.12:80", "192.168.31.102:80", "10.0.0.1:80", vipAddr).Replace(string(text))
	d := l.run(l.policy("web.lua", policy))
	d.serving(15*time.Second, "web1", "web2")
	l.sh("ip -n web1 addr del 10.10.31.100/32 dev lo")
	d.serving(20*time.Second, "web2")
	eventually(t, 5*time.Second, "the policy says where to look", func() bool { return strings.Contains(d.logged(), "look at its loopback") })
}

func TestKernelPathsAndClientsDoNotMeet(t *testing.T) {
	l := pathLab(t)
	l.direct("web1", "web2")
	d := l.run(l.policy("web.lua", pathPolicy(vipAddr, "dr", "", strings.Fields(bothWebs)...)))
	d.serving(10*time.Second, "web1", "web2")
	if got := l.askMany(20); got["web1"] != 10 || got["web2"] != 10 {
		t.Errorf("answers came from %v, want 10 from each", got)
	}
	eventually(t, 5*time.Second, "the connections are counted", func() bool { return l.connections("-t "+vipAddr) >= 20 })
	before := l.connections("-f 1819672576")
	eventually(t, 10*time.Second, "more checks are counted", func() bool { return l.connections("-f 1819672576") >= before+5 })
	if n := l.connections("-t " + vipAddr); n != 20 {
		t.Errorf("the service counts %d connections, want those of the client, 20", n)
	}
	if logs := l.sh("ip netns exec web1 ss -Htn state established '( sport = :80 )'"); logs != "" {
		t.Errorf("connections stay open:\n%s", logs)
	}

	// A director that does not hear the answers knows nothing of the servers.
	l.sh("echo 0 >/proc/sys/net/ipv4/conf/inner/accept_local")
	eventually(t, 5*time.Second, "the check says what is missing", func() bool {
		c := d.server(0).Checks[0]
		return c.Outcome == "unknown" && strings.Contains(c.Reason, "accept_local=1")
	})
	if s := d.server(0); s.State != engine.StateUp {
		t.Errorf("web1 is %v", s.State)
	}
}

func TestKernelPathFindsTheEndOfATunnel(t *testing.T) {
	l := pathLab(t)
	l.tunnel("web1", "web2")
	d := l.run(l.policy("web.lua", pathPolicy(vipAddr, "tunnel", "", strings.Fields(bothWebs)...)))
	d.serving(10*time.Second, "web1", "web2")
	l.askMany(10)
	l.sh("ip -n web1 link del vs0")
	d.serving(soon, "web2")
	l.answers("192.168.31.101:80")
	l.tunnel("web1")
	d.serving(soon, "web1", "web2")
	l.sh("ip netns exec web1 sh -c 'echo 1 >/proc/sys/net/ipv4/conf/vs0/rp_filter'")
	d.serving(soon, "web2")
	l.answers("192.168.31.101:80")
}

// From an address beyond the servers' network a check needs their way back, as
// clients do.
func TestKernelPathFindsANATServerWithoutItsGateway(t *testing.T) {
	l := pathLab(t)
	l.sh("ip addr add 10.10.31.50/24 dev to-client")
	d := l.run(l.policy("web.lua", pathPolicy(vipAddr, "nat", `source = "10.10.31.50"`, strings.Fields(bothWebs)...)))
	d.serving(10*time.Second, "web1", "web2")
	l.sh("ip -n web1 route del default")
	d.serving(soon, "web2")
	l.answers("192.168.31.101:80")
	l.sh("ip -n web1 route add default via 192.168.31.1")
	d.serving(soon, "web1", "web2")
}

func TestKernelPathOfABareConnectionOverIPv6(t *testing.T) {
	l := pathLab(t)
	l.sh(`ip addr add fd00:31::1/64 dev inner nodad
ip addr add fd00:10::100/128 dev to-client nodad
ip -n web1 addr add fd00:31::101/64 dev eth0 nodad
ip -n web1 addr add fd00:10::100/128 dev lo nodad`)
	policy := pathPolicy("[fd00:10::100]:80", "dr", "", "[fd00:31::101]:80")
	d := l.run(l.policy("web.lua", strings.Replace(policy, "check.http", "check.tcp", 1)))
	up := func(want engine.State) {
		t.Helper()
		eventually(t, 10*time.Second, fmt.Sprintf("the server is %v", want), func() bool { return d.server(0).State == want })
	}
	up(engine.StateUp)
	if got := l.paths(); fmt.Sprint(got) != "[-a -f 1819672576 -6 -r [fd00:31::101]:80 -g -w 1]" {
		t.Errorf("the kernel holds %v", got)
	}
	l.sh("ip -n web1 addr del fd00:10::100/128 dev lo")
	up(engine.StateDown)
	l.answers("[fd00:31::101]:80")
}

func TestKernelPathsAreFoundAgainAfterAKill(t *testing.T) {
	l := pathLab(t)
	l.direct("web1", "web2")
	l.sh("ipvsadm -A -f 1819672576 -s sh; ipvsadm -A -f 9 -s rr; ipvsadm -a -f 9 -r 192.168.31.101:80 -g -w 1")
	foreign := l.sh("ipvsadm -Sn")
	path := l.policy("web.lua", pathPolicy(vipAddr, "dr", "", strings.Fields(bothWebs)...))
	d := l.run(path)
	d.serving(10*time.Second, "web1", "web2")
	before := l.sh("ipvsadm -Sn")
	if len(l.paths()) != 2 {
		t.Fatalf("want two paths:\n%s", before)
	}
	d.cmd.Process.Kill()
	d.cmd.Wait()

	d = l.run(path)
	eventually(t, 10*time.Second, "checks have run", func() bool { return d.server(0).Checks[0].Runs > 2 && d.server(1).Checks[0].Runs > 2 })
	if after := l.sh("ipvsadm -Sn"); after != before {
		t.Errorf("the table was\n%sand is\n%s", before, after)
	}
	if strings.Contains(d.logged(), "path of checks") {
		t.Error("paths were made anew")
	}

	// Without checks that ask by them they go, after a reload and after a kill.
	one := pathPolicy(vipAddr, "dr", "", "192.168.31.101:80")
	d.cmd.Process.Kill()
	d.cmd.Wait()
	l.policy("web.lua", one)
	d = l.run(path)
	eventually(t, 15*time.Second, "what nobody wants goes", func() bool { return len(l.paths()) == 1 })
	l.policy("web.lua", strings.Replace(one, `via = "service", `, "", 1))
	eventually(t, 5*time.Second, "no path is left", func() bool { return len(l.paths()) == 0 })
	d.end()
	l.sh("ipvsadm -D -t %s", vipAddr)
	if got := l.sh("ipvsadm -Sn"); got != foreign {
		t.Errorf("left are\n%swant\n%s", got, foreign)
	}
}
