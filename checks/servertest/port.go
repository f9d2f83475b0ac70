package servertest

import (
	"fmt"
	"math/rand/v2"
	"net"
	"net/netip"
	"os"
	"testing"
)

// firstPort is the lowest port that is given out.
const firstPort = 10000

// Port returns an address of loopback on which nobody listens, over TCP or UDP,
// before the test does or has a server do it.
//
// The kernel gives no such port to a connection, because it is outside the range
// of those (ip_local_port_range in ip(7)), and no other test gets it meanwhile,
// in whatever process: it is reserved by the name of a socket until the test ends.
func Port(t testing.TB) netip.AddrPort {
	t.Helper()
	end := firstEphemeral(t)
	for range 1000 {
		port := firstPort + rand.IntN(end-firstPort)
		reserved, err := net.Listen("unix", fmt.Sprintf("@luavs-test-port-%d", port))
		if err != nil {
			continue
		}
		addr := netip.AddrPortFrom(netip.AddrFrom4([4]byte{127, 0, 0, 1}), uint16(port))
		if free(addr) {
			t.Cleanup(func() { reserved.Close() })
			return addr
		}
		reserved.Close()
	}
	t.Fatal("no port is free")
	return netip.AddrPort{}
}

// firstEphemeral is the first port that the kernel gives to connections. On a
// machine that gives nearly all of them away a port may still be taken.
func firstEphemeral(t testing.TB) int {
	t.Helper()
	text, err := os.ReadFile("/proc/sys/net/ipv4/ip_local_port_range")
	if err != nil {
		t.Fatal(err)
	}
	var first int
	if _, err := fmt.Sscan(string(text), &first); err != nil {
		t.Fatalf("ip_local_port_range %q: %v", text, err)
	}
	if first < firstPort+1000 {
		return 1 << 16
	}
	return first
}

func free(addr netip.AddrPort) bool {
	l, err := net.Listen("tcp", addr.String())
	if err != nil {
		return false
	}
	defer l.Close()
	u, err := net.ListenPacket("udp", addr.String())
	if err != nil {
		return false
	}
	u.Close()
	return true
}
