//go:build kernel

package checks

import (
	"context"
	"net/netip"
	"os"
	"os/exec"
	"testing"
	"time"
)

// ip runs commands of ip(8), and undo when the test ends.
func ip(t testing.TB, undo string, commands ...string) {
	t.Helper()
	if undo != "" {
		t.Cleanup(func() { exec.Command("sh", "-c", undo).Run() })
	}
	for _, command := range commands {
		if out, err := exec.Command("sh", "-ec", command).CombinedOutput(); err != nil {
			t.Fatalf("%s: %v\n%s", command, err, out)
		}
	}
}

// allow lets this process ping without a raw socket, or forbids it.
func allow(t testing.TB, groups string) {
	t.Helper()
	if err := os.WriteFile("/proc/sys/net/ipv4/ping_group_range", []byte(groups), 0o644); err != nil {
		t.Fatal(err)
	}
}

// A rule that refuses marked packets refuses those of a check with the mark,
// and no others.
func TestKernelRoutesByTheMark(t *testing.T) {
	servers, _ := routeServers(t)
	servers["icmp"] = netip.MustParseAddrPort("127.0.0.1:0")
	ip(t, "ip rule add pref 0 lookup local; ip rule del pref 100; ip rule del pref 50",
		"ip rule add pref 50 fwmark 0x80000007 unreachable",
		"ip rule add pref 100 lookup local",
		"ip rule del pref 0")
	const mark = 0x80000007
	for _, m := range []uint32{0, mark - 1, mark} {
		checks := routed(t, Route{Mark: m})
		checks["icmp"] = ICMP{Route: Route{Mark: m}}
		for kind, check := range checks {
			want := pass
			if m == mark {
				want = fail(Unreachable, "network is unreachable")
			}
			t.Run(kind, func(t *testing.T) { expectBut(t, ask(t, check, servers[kind], long), want) })
		}
	}
}

// Packets of a check with an interface go there, whatever the routes say.
func TestKernelSendsThroughTheInterface(t *testing.T) {
	ip(t, "ip link del left; ip link del right", "ip link add left type dummy; ip link add right type dummy",
		"ip addr add 10.9.0.1/24 dev left; ip link set left up; ip link set right up",
		"ip addr add 10.8.0.1/24 dev right")
	packets := func(name string) string {
		data, err := os.ReadFile("/sys/class/net/" + name + "/statistics/tx_packets")
		if err != nil {
			t.Fatal(err)
		}
		return string(data)
	}
	nobody := netip.MustParseAddrPort("10.9.0.9:9")
	checks := routed(t, Route{Interface: "right"})
	checks["icmp"] = ICMP{Route: Route{Interface: "right"}}
	for kind, check := range checks {
		before := packets("left")
		there := packets("right")
		res := ask(t, check, nobody, 50*time.Millisecond)
		if res.Outcome != Fail || res.Cause != Timeout {
			t.Errorf("%s: got %+v, want a timeout", kind, res)
		}
		if packets("left") != before || packets("right") == there {
			t.Errorf("%s: its packets did not go through the interface", kind)
		}
	}
}

func TestKernelPings(t *testing.T) {
	t.Cleanup(func() { allow(t, "1 0") })
	for groups, raw := range map[string]bool{"1 0": true, "0 0": false} {
		allow(t, groups)
		for _, host := range []string{"127.0.0.1", "::1"} {
			p := pinger{ICMP: ICMP{Count: 3, Replies: 3, TTL: 3}.withDefaults()}
			ctx, cancel := context.WithTimeout(t.Context(), short)
			defer cancel()
			r := start(ctx)
			if err := p.ping(r, netip.AddrPortFrom(netip.MustParseAddr(host), 0)); err != nil || len(p.Trips) != 3 || p.raw != raw {
				t.Errorf("%s with groups %s: %+v, %v", host, groups, p, err)
			}
		}
	}
}

// The host far is behind a router; the wire is a pair of interfaces.
func TestKernelTellsWhyAPingIsNotAnswered(t *testing.T) {
	ip(t, "ip netns del router; ip link del wire; ip link del void",
		"ip netns add router; ip link add wire type veth peer name eth0 netns router",
		"ip addr add 10.7.0.1/24 dev wire; ip link set wire up; ip addr add fd07::1/64 dev wire nodad",
		"ip -n router addr add 10.7.0.2/24 dev eth0; ip -n router link set eth0 up; ip -n router link set lo up; ip -n router addr add fd07::2/64 dev eth0 nodad",
		"ip netns exec router sh -c 'echo 1 > /proc/sys/net/ipv4/ip_forward; echo 1 > /proc/sys/net/ipv6/conf/all/forwarding; echo 0 > /proc/sys/net/ipv4/icmp_ratelimit; echo 0 > /proc/sys/net/ipv6/icmp/ratelimit'",
		"ip -n router link add far type dummy; ip -n router addr add 10.6.0.1/24 dev far; ip -n router link set far up",
		"ip -n router addr add fd06::1/64 dev far nodad",
		"ip -n router route add unreachable 10.5.0.0/24; ip -n router route add unreachable fd05::/64",
		"ip route add default via 10.7.0.2; ip -6 route add default via fd07::2",
		"echo 50 > /proc/sys/net/ipv4/neigh/wire/retrans_time_ms; echo 50 > /proc/sys/net/ipv6/neigh/wire/retrans_time_ms",
		"[ ! -e /proc/sys/net/ipv4/route/error_cost ] || echo 0 > /proc/sys/net/ipv4/route/error_cost", // the first namespace only
		"ip link add void type dummy; ip addr add 10.4.0.1/24 dev void; ip link set void up")
	t.Cleanup(func() { allow(t, "1 0") })
	for _, groups := range []string{"1 0", "0 0"} {
		allow(t, groups)
		for _, tt := range []struct {
			host  string
			check ICMP
			want  Result
		}{
			{"10.7.0.2", ICMP{}, pass},
			{"10.6.0.1", ICMP{TTL: 1}, pass}, // the router itself has it
			{"10.6.0.9", ICMP{TTL: 1}, fail(Unreachable, "no route to host (0 of 1 answered)")},
			{"fd06::9", ICMP{TTL: 1}, fail(Unreachable, "no route to host (0 of 1 answered)")},
			{"10.6.0.9", ICMP{}, fail(Timeout, "no answer within 400ms (0 of 1 answered)")},
			{"10.5.0.1", ICMP{}, fail(Unreachable, "no route to host (0 of 1 answered)")},
			{"fd05::1", ICMP{}, fail(Unreachable, "")},
			{"10.7.0.9", ICMP{}, fail(Unreachable, "no route to host (0 of 1 answered)")}, // nobody answers to ARP
			{"fd07::9", ICMP{}, fail(Unreachable, "no route to host (0 of 1 answered)")},
			{"10.4.0.9", ICMP{}, fail(Timeout, "no answer within 400ms (0 of 1 answered)")},
			{"10.4.0.9", ICMP{Count: 3, Interval: 50 * time.Millisecond}, fail(Timeout, "no answer within 400ms (0 of 3 answered)")},
		} {
			t.Run(tt.host, func(t *testing.T) {
				got := ask(t, tt.check, netip.AddrPortFrom(netip.MustParseAddr(tt.host), 0), short)
				if tt.want.Cause == Unreachable && tt.want.Reason == "" {
					tt.want.Reason = got.Reason
				}
				expect(t, got, tt.want)
			})
		}
		for _, host := range []string{"10.5.0.1", "10.7.0.9", "fd05::1", "fd07::9"} {
			got := ask(t, UDP{}, netip.AddrPortFrom(netip.MustParseAddr(host), 9), short)
			if got.Cause != Unreachable {
				t.Errorf("UDP to %s: got %+v, want unreachable", host, got)
			}
		}
	}
}
