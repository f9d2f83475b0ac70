//go:build kernel

package ipvs_test

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"luavs/ipvs"
	"luavs/ipvs/ipvstest"
)

// serve listens on an address until the test ends.
func serve(t *testing.T, network, address string) netip.AddrPort {
	t.Helper()
	if network == "udp" {
		conn, err := net.ListenPacket(network, address)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { conn.Close() })
		return conn.LocalAddr().(*net.UDPAddr).AddrPort()
	}
	listener, err := net.Listen(network, address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	return listener.Addr().(*net.TCPAddr).AddrPort()
}

// connect connects until the test ends, with a firewall mark if it is above
// zero, and returns the address of the client.
func connect(t *testing.T, network, address string, mark int, payload string) netip.AddrPort {
	t.Helper()
	dialer := net.Dialer{Timeout: 5 * time.Second, Control: func(_, _ string, raw syscall.RawConn) error {
		var err error
		raw.Control(func(fd uintptr) { err = unix.SetsockoptInt(int(fd), unix.SOL_SOCKET, unix.SO_MARK, mark) })
		return err
	}}
	conn, err := dialer.DialContext(context.Background(), network, address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	if payload != "" {
		if _, err := conn.Write([]byte(payload)); err != nil {
			t.Fatal(err)
		}
	}
	return netip.MustParseAddrPort(conn.LocalAddr().String())
}

// listed returns what a filter wants, without the seconds, which differ.
func connections(t *testing.T, c *ipvs.Client, f ipvs.ConnectionFilter) []ipvs.Connection {
	t.Helper()
	var list []ipvs.Connection
	for connection, err := range c.Connections(f) {
		if err != nil {
			t.Fatal(err)
		}
		if connection.Expires <= 0 || connection.Expires > 900*time.Second {
			t.Errorf("expires in %v", connection.Expires)
		}
		connection.Expires = 0
		list = append(list, connection)
	}
	slices.SortFunc(list, func(a, b ipvs.Connection) int { return strings.Compare(fmt.Sprint(a), fmt.Sprint(b)) })
	return list
}

// sameConnections compares with those that are wanted, in any order.
func sameConnections(t *testing.T, c *ipvs.Client, f ipvs.ConnectionFilter, want ...ipvs.Connection) {
	t.Helper()
	got := connections(t, c, f)
	slices.SortFunc(want, func(a, b ipvs.Connection) int { return strings.Compare(fmt.Sprint(a), fmt.Sprint(b)) })
	if !slices.Equal(got, want) {
		t.Errorf("%+v lists\n%+v\nand should list\n%+v", f, got, want)
	}
}

func TestKernelConnectionsOfEveryKind(t *testing.T) {
	c := dial(t)
	ipvstest.Command(t, "ip", "-6", "addr", "add", "2001:db8::1/128", "dev", "lo", "nodad")
	ipvstest.Command(t, "ip", "-6", "addr", "add", "2001:db8::9/128", "dev", "lo", "nodad")
	four, six, datagrams := serve(t, "tcp", "127.0.0.1:0"), serve(t, "tcp", "[2001:db8::9]:0"), serve(t, "udp", "127.0.0.1:0")
	apply(t, c,
		"-A -t 127.0.0.2:80 -s rr -p 300 -M 255.255.0.0", fmt.Sprintf("-a -t 127.0.0.2:80 -r %v -m", four),
		"-A -t [2001:db8::1]:80 -s rr", fmt.Sprintf("-a -t [2001:db8::1]:80 -r %v -m", six),
		"-A -u 127.0.0.2:53 -s rr", fmt.Sprintf("-a -u 127.0.0.2:53 -r %v -m", datagrams),
		"-A -f 7 -s rr -p 300", fmt.Sprintf("-a -f 7 -r %v -m", netip.AddrPortFrom(four.Addr(), 0)),
		"-A -f 8 -6 -s rr -p 300", fmt.Sprintf("-a -f 8 -6 -r %v -m", netip.AddrPortFrom(six.Addr(), 0)),
		"-A -u 127.0.0.2:53000 -s rr -o", fmt.Sprintf("-a -u 127.0.0.2:53000 -r %v -m", datagrams),
	)
	at := netip.MustParseAddrPort
	marked, marked6 := fmt.Sprint("127.0.0.3:", four.Port()), fmt.Sprintf("[2001:db8::1]:%d", six.Port())
	tcp := ipvs.Connection{Protocol: ipvs.TCP, State: "ESTABLISHED", Destination: four, Virtual: at("127.0.0.2:80"),
		Client: connect(t, "tcp", "127.0.0.2:80", 0, "")}
	tcp6 := ipvs.Connection{Protocol: ipvs.TCP, State: "ESTABLISHED", Destination: six, Virtual: at("[2001:db8::1]:80"),
		Client: connect(t, "tcp", "[2001:db8::1]:80", 0, "")}
	udp := ipvs.Connection{Protocol: ipvs.UDP, State: "UDP", Destination: datagrams, Virtual: at("127.0.0.2:53"),
		Client: connect(t, "udp", "127.0.0.2:53", 0, "hello")}
	byMark := ipvs.Connection{Protocol: ipvs.TCP, State: "ESTABLISHED", Destination: four, Virtual: at(marked),
		Client: connect(t, "tcp", marked, 7, "")}
	byMark6 := ipvs.Connection{Protocol: ipvs.TCP, State: "ESTABLISHED", Destination: six, Virtual: at(marked6),
		Client: connect(t, "tcp", marked6, 8, "")}
	connect(t, "udp", "127.0.0.2:53000", 0, "never listed")

	network := ipvs.Connection{Protocol: ipvs.TCP, Template: true, State: "ASSURED", Client: at("127.0.0.0:0"), Virtual: at("127.0.0.2:80"), Destination: four}
	mark := ipvs.Connection{FWMark: 7, Template: true, State: "ASSURED",
		Client: netip.AddrPortFrom(byMark.Client.Addr(), 0), Destination: netip.AddrPortFrom(four.Addr(), 0)}
	mark6 := ipvs.Connection{FWMark: 8, Template: true, State: "ASSURED",
		Client: netip.AddrPortFrom(byMark6.Client.Addr(), 0), Destination: netip.AddrPortFrom(six.Addr(), 0)}

	sameConnections(t, c, ipvs.ConnectionFilter{}, tcp, tcp6, udp, byMark, byMark6, network, mark, mark6)
	sameConnections(t, c, ipvs.ConnectionFilter{Templates: ipvs.OnlyTemplates}, network, mark, mark6)
	sameConnections(t, c, ipvs.ConnectionFilter{Service: ipvs.AddrKey(ipvs.TCP, at("127.0.0.2:80"))}, tcp, network)
	sameConnections(t, c, ipvs.ConnectionFilter{Service: ipvs.MarkKey(7, ipvs.INET)}, mark)
	sameConnections(t, c, ipvs.ConnectionFilter{Service: ipvs.MarkKey(8, ipvs.INET6)}, mark6)
	sameConnections(t, c, ipvs.ConnectionFilter{Protocol: ipvs.UDP}, udp)
	sameConnections(t, c, ipvs.ConnectionFilter{Destination: six}, tcp6, byMark6)
	sameConnections(t, c, ipvs.ConnectionFilter{Client: netip.MustParsePrefix("2001:db8::/32"), Virtual: at("[2001:db8::1]:80")}, tcp6)
	sameConnections(t, c, ipvs.ConnectionFilter{State: "TIME_WAIT"})
}

func TestKernelTemplatesOfAPersistenceEngineHaveItsData(t *testing.T) {
	c := dial(t)
	server := serve(t, "udp", "127.0.0.1:0")
	apply(t, c, "-A -u 127.0.0.2:5060 -s rr -p 60 --pe sip", fmt.Sprintf("-a -u 127.0.0.2:5060 -r %v -m", server))
	connect(t, "udp", "127.0.0.2:5060", 0,
		"INVITE sip:a@127.0.0.2 SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1\r\nCall-ID: 0123456789abcdef@host\r\nCSeq: 1 INVITE\r\n\r\n")
	list := connections(t, c, ipvs.ConnectionFilter{Templates: ipvs.OnlyTemplates})
	if len(list) != 1 || list[0].PE != "sip" || list[0].PEData != "0123456789abcdef@host" || list[0].Destination != server {
		t.Errorf("%+v", list)
	}
}

func TestKernelConnectionsThroughAMixedTunnel(t *testing.T) {
	c := dial(t)
	apply(t, c, "-A -u 127.0.0.2:53 -s rr", "-a -u 127.0.0.2:53 -r [2001:db8::9]:53 -i")
	ipvstest.Command(t, "ip", "link", "add", "d0", "type", "dummy")
	ipvstest.Command(t, "ip", "-6", "addr", "add", "2001:db8::2/64", "dev", "d0", "nodad")
	ipvstest.Command(t, "ip", "link", "set", "d0", "up")
	connect(t, "udp", "127.0.0.2:53", 0, "hello")
	list := connections(t, c, ipvs.ConnectionFilter{})
	if len(list) != 1 || list[0].Destination != netip.MustParseAddrPort("[2001:db8::9]:53") || list[0].Family() != ipvs.INET {
		t.Errorf("%+v", list)
	}
}

func TestKernelManyConnectionsAreAllListed(t *testing.T) {
	const n = 500 // several reads of the file
	c := dial(t)
	server := serve(t, "udp", "127.0.0.1:0")
	apply(t, c, "-A -u 127.0.0.2:53 -s rr", fmt.Sprintf("-a -u 127.0.0.2:53 -r %v -m", server))
	clients := map[netip.AddrPort]bool{}
	for range n {
		clients[connect(t, "udp", "127.0.0.2:53", 0, "hello")] = true
	}
	for _, connection := range connections(t, c, ipvs.ConnectionFilter{Service: ipvs.AddrKey(ipvs.UDP, netip.MustParseAddrPort("127.0.0.2:53"))}) {
		delete(clients, connection.Client)
	}
	if len(clients) > 0 {
		t.Errorf("%d of %d are not listed", len(clients), n)
	}
}

// connecting compares what is listed about connections and counted, ipvsadm's
// numbers with ours.
func connecting(t *testing.T, c *ipvs.Client) {
	key := ipvs.AddrKey(ipvs.TCP, netip.MustParseAddrPort("127.0.0.2:80"))
	server := serve(t, "tcp", "127.0.0.1:0")
	ipvstest.Command(t, "ipvsadm", strings.Fields("-A -t 127.0.0.2:80 -s rr -p 300")...)
	apply(t, c, fmt.Sprintf("-a -t 127.0.0.2:80 -r %v -m", server))
	client := connect(t, "tcp", "127.0.0.2:80", 0, "")
	printed(t, fmt.Sprintf(`TCP +[0-9:]+ +ESTABLISHED +%v +127\.0\.0\.2:80 +%v`, client, server), "-Lnc")
	if list := connections(t, c, ipvs.ConnectionFilter{Client: netip.PrefixFrom(client.Addr(), 32)}); len(list) != 2 {
		t.Errorf("%+v", list)
	}
	if d := onlyDestination(t, c, key); d.Active != 1 || d.Persistent != 1 {
		t.Errorf("%+v", d)
	}
	printed(t, fmt.Sprintf(`%v +1 +1 `, server), "-Ln", "--persistent-conn")
	counted := func() error { return sameCounters(onlyDestination(t, c, key)) }
	eventually(t, counted)
	ipvstest.Command(t, "ipvsadm", "-Z")
	if s := onlyDestination(t, c, key).Stats; s.Connections != 0 || s.InBytes != 0 {
		t.Errorf("%+v", s)
	}
	connect(t, "tcp", "127.0.0.2:80", 0, "")
	eventually(t, counted)
	if err := c.Zero(key); err != nil {
		t.Fatal(err)
	}
	if err := prints(0, 0, 0, 0, 0, server, "--stats"); err != nil {
		t.Error(err)
	}
}

func onlyDestination(t *testing.T, c *ipvs.Client, key ipvs.ServiceKey) ipvs.DestinationEntry {
	t.Helper()
	list, err := c.Destinations(key)
	if err != nil || len(list) != 1 {
		t.Fatal(list, err)
	}
	return list[0]
}

// sameCounters says if something is counted, and ipvsadm prints the same.
func sameCounters(d ipvs.DestinationEntry) error {
	s := d.Stats
	if s.Connections == 0 {
		return fmt.Errorf("nothing is counted")
	}
	if err := prints(s.Connections, s.InPackets, s.OutPackets, s.InBytes, s.OutBytes, d.Addr, "--stats"); err != nil {
		return err
	}
	return prints(s.ConnectionRate, s.InPacketRate, s.OutPacketRate, s.InByteRate, s.OutByteRate, d.Addr, "--rate")
}

// prints says if ipvsadm prints these five numbers of the destination.
func prints(a, b, c, d, e uint64, at netip.AddrPort, what string) error {
	raw, err := exec.Command("ipvsadm", "-Ln", "--exact", what).Output()
	out := string(raw)
	want := fmt.Sprintf(`%v +%d +%d +%d +%d +%d\n`, at, a, b, c, d, e)
	if err != nil || !regexp.MustCompile(want).MatchString(out) {
		return fmt.Errorf("ipvsadm %s does not print %q: %v\n%s", what, want, err, out)
	}
	return nil
}
