package luaapi

import (
	"net"
	"testing"
)

// nameServer starts a real name server for the zones below and makes its
// address known to a bench.
func nameServer(t *testing.T) func(*bench) {
	t.Helper()
	d := newDaemon(t)
	d.write(t, "zone", `$TTL 300
@ SOA ns1.example. admin.example. 1 3600 600 86400 300
@ NS ns1.example.
@ MX 10 mail.example.
@ TXT "v=spf1 " "-all"
ns1 A 192.0.2.1
www A 192.0.2.10
www A 192.0.2.11
www AAAA 2001:db8::10
alias CNAME www.example.
_web._tcp SRV 1 5 8080 www.example.
`)
	d.write(t, "back", "$TTL 300\n@ SOA ns1.example. admin.example. 1 3600 600 86400 300\n@ NS ns1.example.\n10 PTR www.example.\n")
	d.write(t, "conf", `
server:
  ip-address: 127.0.0.1@PORT
  username: ""
  rrl-ratelimit: 0
  database: ""
  zonesdir: DIR
  xfrdir: DIR
  pidfile: DIR/pid
  logfile: DIR/log
  xfrdfile: DIR/xfrd
  zonelistfile: DIR/zones
remote-control:
  control-enable: no
zone:
  name: example
  zonefile: zone
zone:
  name: 2.0.192.in-addr.arpa
  zonefile: back
zone:
  name: broken.example
  zonefile: nosuch
`)
	d.start(t, "nsd", "/usr/sbin/nsd -d -c DIR/conf", `check.dns { name = "example", type = "SOA" }`)
	return func(b *bench) { b.set("ns", d.addr) }
}

func TestDNS(t *testing.T) {
	silent, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { silent.Close() })
	known := nameServer(t)
	prepare := func(b *bench) {
		known(b)
		b.set("mute", silent.LocalAddr().String())
	}
	const ask = `local function ask(name, kind) return dns.lookup(name, { type = kind, server = ns }) end `
	runScripts(t, prepare, []scriptCase{
		{name: "addresses", script: ask + `local a = ask("www.example.") table.sort(a) print(table.concat(a, " "), ask("www.example.", "AAAA")[1], ask("alias.example.")[2] ~= nil)`,
			want: "192.0.2.10 192.0.2.11\t2001:db8::10\ttrue"},
		{name: "services", script: ask + `local s = ask("_web._tcp.example.", "SRV")[1] print(s.host, s.port, s.priority, s.weight)`, want: "www.example\t8080\t1\t5"},
		{name: "texts and names", script: ask + `print(ask("example.", "TXT")[1], ask("192.0.2.10", "PTR")[1], ask("alias.example.", "CNAME")[1], ask("example.", "NS")[1])`,
			want: "v=spf1 -all\twww.example\twww.example\tns1.example"},
		{name: "mail", script: ask + `local m = ask("example.", "MX")[1] print(m.host, m.preference)`, want: "mail.example\t10"},
		{name: "a name that is not there", script: ask + `print(ask("none.example."))`, want: "nil\tnone.example. has no A records\tstatus"},
		{name: "a name without such records", script: ask + `print(ask("ns1.example.", "AAAA"))`, want: "nil\tns1.example. has no AAAA records\tstatus"},
		{name: "a zone that cannot be read", script: ask + `print(ask("www.broken.example."))`, want: "nil\twww.broken.example.: server misbehaving\tprotocol"},
		{name: "a server that is silent", script: `print(dns.lookup("www.example.", { server = mute, timeout = "50ms" }))`, want: "nil\tno answer about www.example. within 50ms\ttimeout"},
		{name: "the system's resolver", script: `print(dns.lookup("localhost")[1])`, want: "127.0.0.1"},
		{name: "an unknown type", script: `dns.lookup("x", { type = "AAA" })`, err: `field "type": want "A", "AAAA", "SRV", "TXT", "PTR", "MX", "NS" or "CNAME", got "AAA"`},
		{name: "no address", script: `dns.lookup("www.example.", { type = "PTR" })`, err: `argument 1: want an address for type "PTR", got "www.example."`},
		{name: "no name server", script: `dns.lookup("x", { server = "ns1" })`, err: `field "server": want the address of a name server such as "10.0.0.53"`},
		{name: "an unknown option", script: `dns.lookup("x", { resolver = "10.0.0.1" })`, err: `unknown field "resolver"`},
	})
}

func TestPing(t *testing.T) {
	runScripts(t, nil, []scriptCase{
		{name: "answers", script: `local p = icmp.ping("127.0.0.1", { count = 3, interval = "10ms" }) print(p.sent, p.received, p.loss, p.min > 0 and p.min <= p.avg and p.avg <= p.max and p.max < 5)`,
			want: "3\t3\t0\ttrue"},
		{name: "one, over IPv6", script: `print(icmp.ping("::1", { size = 100 }).received)`, want: "1"},
		{name: "nobody is there", script: `local p, why, cause = icmp.ping("192.0.2.1", { source = "127.0.0.1", timeout = "50ms" }) print(p, #why > 0, cause ~= nil)`, want: "nil\ttrue\ttrue"},
		{name: "a name", script: `icmp.ping("localhost")`, err: `icmp.ping: argument 1: want an address such as "10.0.0.1", got "localhost"`},
		{name: "misuse", script: `icmp.ping("127.0.0.1", { count = 1000, ttl = 300 })`, err: `field "count": want a whole number from 1 to 100, got 1000; field "ttl"`},
	})
}
