package luaapi

import (
	"net"
	"testing"

	"luavs/checks/servertest"
)

// nameServer starts a real name server for the zones below and makes its
// address known to a bench.
func nameServer(t *testing.T) func(*bench) {
	t.Helper()
	addr := servertest.NSD(t, map[string]string{"example": `$TTL 300
@ SOA ns1.example. admin.example. 1 3600 600 86400 300
@ NS ns1.example.
@ MX 10 mail.example.
@ TXT "v=spf1 " "-all"
ns1 A 192.0.2.1
www A 192.0.2.10
www A 192.0.2.11
www AAAA 2001:db8::10
alias 20 CNAME www.example.
_web._tcp SRV 1 5 8080 www.example.
_two._tcp SRV 2 0 80 last.example.
_two._tcp SRV 1 0 80 second.example.
_two._tcp SRV 1 65535 80 first.example.
`, "2.0.192.in-addr.arpa": "$TTL 300\n@ SOA ns1.example. admin.example. 1 3600 600 86400 300\n@ NS ns1.example.\n10 PTR www.example.\n",
		"broken.example": ""})
	return func(b *bench) { b.set("ns", addr.String()) }
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
	gone := servertest.Port(t).String()
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
		{name: "a zone that cannot be read", script: ask + `local a, why, cause = ask("www.broken.example.") print(a, (why:gsub("resolver [0-9.:]+:", "NS:")), cause)`, want: "nil\twww.broken.example.: NS: it answers SERVFAIL\tprotocol"},
		{name: "a server that is silent", script: `print(dns.lookup("www.example.", { server = mute, timeout = "50ms" }))`, want: "nil\tno answer about www.example. within 50ms\ttimeout"},
		{name: "a server that is not there", script: `print(dns.lookup("www.example.", { server = "` + gone + `" }))`, want: "nil\twww.example.: connection refused\trefused"},
		{name: "how long they hold", script: ask + `print(select(2, ask("www.example.")), select(2, ask("alias.example.")))`, want: "300\t20"},
		{name: "services in the order to try them", script: ask + `local s = ask("_two._tcp.example.", "SRV") print(s[1].host, s[2].host, s[3].host)`, want: "first.example\tsecond.example\tlast.example"},
		{name: "an address", script: `print(dns.lookup("192.0.2.1")[1], dns.lookup("2001:DB8::1", { type = "AAAA" })[1])`, want: "192.0.2.1\t2001:db8::1"},
		{name: "what can be no name", script: `print(dns.lookup("a..b"))`, want: "nil\ta..b is no name: label \"\": want 1 to 63 visible characters\tstatus"},
		{name: "the name of an address, of this machine", script: `print(dns.lookup("127.0.0.1", { type = "PTR" })[1])`, want: "localhost"},
		{name: "the system's resolver", script: `local a, ttl = dns.lookup("localhost") print(a[1], ttl)`, want: "127.0.0.1\t0"},
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
