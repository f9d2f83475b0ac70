package luaapi

import (
	"net/netip"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"luavs/ipvs"
)

// pair is a service with two destinations, for scripts to begin with.
const pair = `
local s = ipvs.service { addr = "10.0.0.1", port = 80, scheduler = "wrr" }
s:add()
local a = ipvs.dest { addr = "192.168.0.1:80" }
local b = ipvs.dest { addr = "192.168.0.2:80", weight = 3 }
s:add_dest(a)
s:add_dest(b)
`

// What scripts leave in the kernel, as ipvsadm -Sn prints it.
func TestScriptsChangeTheKernel(t *testing.T) {
	for _, c := range []struct{ name, script, want string }{
		{"defaults are those of ipvsadm, with nat", `
			local s = ipvs.service { addr = "10.0.0.1:80" }
			s:add()
			s:add_dest(ipvs.dest { addr = "192.168.0.1", port = 80 })`, `
			-A -t 10.0.0.1:80 -s wlc
			-a -t 10.0.0.1:80 -r 192.168.0.1:80 -m -w 1`},
		{"every field of a service", `
			ipvs.service { addr = "[2001:db8::1]:53", protocol = "udp", scheduler = "sh", scheduler_flags = { "sh-port", "sh-fallback" },
				persistence = "5m", persistence_netmask = 64, one_packet = true, pe = "sip" }:add()`, `
			-A -u [2001:db8::1]:53 -s sh -p 300 -M 64 -o -b sh-fallback,sh-port --pe sip`},
		{"every field of a destination", `
			local s = ipvs.service { addr = "10.0.0.1:80" }
			s:add()
			s:add_dest(ipvs.dest { addr = "192.168.0.1:80", weight = 0, forward = "dr", upper_threshold = 100, lower_threshold = 50 })
			s:add_dest(ipvs.dest { addr = "192.168.0.2:80", forward = "tunnel" })
			s:add_dest(ipvs.dest { addr = "192.168.0.3:80", forward = "tunnel", tunnel = { type = "gue", port = 5555, checksum = "remcsum" } })
			s:add_dest(ipvs.dest { addr = "192.168.0.4:80", forward = "tunnel", tunnel = "gre" })
			s:add_dest(ipvs.dest { addr = "127.0.0.1:80", forward = "local" })`, `
			-A -t 10.0.0.1:80 -s wlc
			-a -t 10.0.0.1:80 -r 127.0.0.1:80 -l -w 1
			-a -t 10.0.0.1:80 -r 192.168.0.1:80 -g -w 0 -x 100 -y 50
			-a -t 10.0.0.1:80 -r 192.168.0.2:80 -i -w 1 --tun-type ipip
			-a -t 10.0.0.1:80 -r 192.168.0.3:80 -i -w 1 --tun-type gue --tun-port 5555 --tun-remcsum
			-a -t 10.0.0.1:80 -r 192.168.0.4:80 -i -w 1 --tun-type gre --tun-nocsum`},
		{"a firewall mark", `
			ipvs.service { fwmark = 7, persistence = 60, persistence_netmask = "255.255.255.0" }:add()
			ipvs.service { fwmark = 7, family = "inet6" }:add()`, `
			-A -f 7 -s wlc -p 60 -M 255.255.255.0
			-A -f 7 -6 -s wlc`},
		{"a full netmask is none", `
			ipvs.service { addr = "10.0.0.1:80", persistence = 60, persistence_netmask = 32 }:add()
			ipvs.service { addr = "10.0.0.2:80", persistence = 60, persistence_netmask = "255.255.255.255" }:add()`, `
			-A -t 10.0.0.1:80 -s wlc -p 60
			-A -t 10.0.0.2:80 -s wlc -p 60`},
		{"a weight written takes effect at once", pair + `b.weight = 5`, `
			-A -t 10.0.0.1:80 -s wrr
			-a -t 10.0.0.1:80 -r 192.168.0.1:80 -m -w 1
			-a -t 10.0.0.1:80 -r 192.168.0.2:80 -m -w 5`},
		{"every other field of a destination too", pair + `
			a.forward = "tunnel"
			a.tunnel = { type = "gue", port = 9 }
			b.upper_threshold = 10
			b.lower_threshold = 5`, `
			-A -t 10.0.0.1:80 -s wrr
			-a -t 10.0.0.1:80 -r 192.168.0.1:80 -i -w 1 --tun-type gue --tun-port 9 --tun-nocsum
			-a -t 10.0.0.1:80 -r 192.168.0.2:80 -m -w 3 -x 10 -y 5`},
		{"another forwarding method ends the tunnel", pair + `
			a.forward = "tunnel"
			a.tunnel = "gre"
			a.forward = "nat"`, `
			-A -t 10.0.0.1:80 -s wrr
			-a -t 10.0.0.1:80 -r 192.168.0.1:80 -m -w 1
			-a -t 10.0.0.1:80 -r 192.168.0.2:80 -m -w 3`},
		{"a field written before adding only sets it", `
			local s = ipvs.service { addr = "10.0.0.1:80" }
			local d = ipvs.dest { addr = "192.168.0.1:80" }
			s.scheduler, d.weight = "rr", 7
			s:add()
			s:add_dest(d)`, `
			-A -t 10.0.0.1:80 -s rr
			-a -t 10.0.0.1:80 -r 192.168.0.1:80 -m -w 7`},
		{"a field of a service in the kernel acts", pair + `
			s.scheduler = "sh"
			s.scheduler_flags = "sh-port"
			s.persistence = 30`, `
			-A -t 10.0.0.1:80 -s sh -p 30 -b sh-port
			-a -t 10.0.0.1:80 -r 192.168.0.1:80 -m -w 1
			-a -t 10.0.0.1:80 -r 192.168.0.2:80 -m -w 3`},
		{"update makes the kernel's service look like the object", pair + `
			ipvs.service { addr = "10.0.0.1:80", scheduler = "lc" }:update()
			s:update_dest(ipvs.dest { addr = "192.168.0.1:80", weight = 9 })`, `
			-A -t 10.0.0.1:80 -s lc
			-a -t 10.0.0.1:80 -r 192.168.0.1:80 -m -w 9
			-a -t 10.0.0.1:80 -r 192.168.0.2:80 -m -w 3`},
		{"del_dest takes an object for its address", pair + `s:del_dest(ipvs.dest { addr = "192.168.0.1:80" })`, `
			-A -t 10.0.0.1:80 -s wrr
			-a -t 10.0.0.1:80 -r 192.168.0.2:80 -m -w 3`},
		{"after del_dest a field acts no more", pair + `
			s:del_dest(b)
			b.weight = 8
			s:add_dest(b)`, `
			-A -t 10.0.0.1:80 -s wrr
			-a -t 10.0.0.1:80 -r 192.168.0.1:80 -m -w 1
			-a -t 10.0.0.1:80 -r 192.168.0.2:80 -m -w 8`},
		{"after delete all start anew", pair + `
			s:delete()
			b.weight, s.scheduler = 8, "rr"
			s:add()
			s:add_dest(b)`, `
			-A -t 10.0.0.1:80 -s rr
			-a -t 10.0.0.1:80 -r 192.168.0.2:80 -m -w 8`},
		{"add_dests adds a list", `
			local s, list = ipvs.service { addr = "10.0.0.1:80" }, {}
			s:add()
			s:add_dests {}
			for i = 1, 3 do list[i] = ipvs.dest { addr = "192.168.0." .. i .. ":80", weight = i } end
			s:add_dests(list)
			list[3].weight = 30`, `
			-A -t 10.0.0.1:80 -s wlc
			-a -t 10.0.0.1:80 -r 192.168.0.1:80 -m -w 1
			-a -t 10.0.0.1:80 -r 192.168.0.2:80 -m -w 2
			-a -t 10.0.0.1:80 -r 192.168.0.3:80 -m -w 30`},
		{"what was found in the kernel can be changed", pair + `
			ipvs.find("10.0.0.1:80").dests[1].weight = 11
			ipvs.services()[1]:find_dest("192.168.0.2:80").weight = 12`, `
			-A -t 10.0.0.1:80 -s wrr
			-a -t 10.0.0.1:80 -r 192.168.0.1:80 -m -w 11
			-a -t 10.0.0.1:80 -r 192.168.0.2:80 -m -w 12`},
		{"a batch sends at its end", pair + `
			ipvs.batch(function()
				a.weight = 20
				s:add_dest(ipvs.dest { addr = "192.168.0.3:80" })
				s:del_dest(b)
				assert(#s.dests == 2, "the kernel does not know of the batch yet")
			end)`, `
			-A -t 10.0.0.1:80 -s wrr
			-a -t 10.0.0.1:80 -r 192.168.0.1:80 -m -w 20
			-a -t 10.0.0.1:80 -r 192.168.0.3:80 -m -w 1`},
		{"a batch of many", `
			local s = ipvs.service { addr = "10.0.0.1:80" }
			ipvs.batch(function()
				s:add()
				for i = 1, 40 do s:add_dest(ipvs.dest { addr = "192.168.0." .. i .. ":80" }) end
				for i = 3, 40 do s:del_dest(ipvs.dest { addr = "192.168.0." .. i .. ":80" }) end
			end)`, `
			-A -t 10.0.0.1:80 -s wlc
			-a -t 10.0.0.1:80 -r 192.168.0.1:80 -m -w 1
			-a -t 10.0.0.1:80 -r 192.168.0.2:80 -m -w 1`},
		{"a batch that fails sends nothing", pair + `
			local ok = pcall(ipvs.batch, function()
				a.weight = 20
				s:delete()
				error("no")
			end)
			assert(not ok and a.weight == 1)
			b.weight = 4`, `
			-A -t 10.0.0.1:80 -s wrr
			-a -t 10.0.0.1:80 -r 192.168.0.1:80 -m -w 1
			-a -t 10.0.0.1:80 -r 192.168.0.2:80 -m -w 4`},
		{"flush takes all", pair + `ipvs.flush()`, ``},
		{"delete takes the destinations", pair + `s:delete()`, ``},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := newBench(t)
			b.must(t, c.script)
			want := strings.TrimPrefix(strings.ReplaceAll(c.want, "\t", ""), "\n")
			if want != "" {
				want += "\n"
			}
			if diff := cmp.Diff(want, b.kernel.String()); diff != "" {
				t.Errorf("the kernel has (-want +got):\n%s", diff)
			}
		})
	}
}

func TestWhatObjectsSay(t *testing.T) {
	runScripts(t, nil, []scriptCase{
		{name: "the fields of a service read as they were written", script: `
			local s = ipvs.service { addr = "10.0.0.1", port = 53, protocol = "udp", scheduler = "mh", scheduler_flags = { "mh-port", "flag-3" },
				persistence = "1m", persistence_netmask = "255.255.0.0", one_packet = true, pe = "sip" }
			print(s.addr, s.port, s.protocol, s.fwmark, s.family, s.scheduler, table.concat(s.scheduler_flags, "+"))
			print(s.persistence, s.persistence_netmask, s.one_packet, s.pe, s)`,
			want: "10.0.0.1\t53\tudp\tnil\tinet\tmh\tmh-port+flag-3\n60\t255.255.0.0\ttrue\tsip\tudp 10.0.0.1:53"},
		{name: "the fields of a service left out", script: `
			local s = ipvs.service { addr = "[2001:db8::1]:80" }
			print(s.addr, s.port, s.protocol, s.family, s.scheduler, #s.scheduler_flags, s.persistence, s.persistence_netmask, s.one_packet, s.pe == "")`,
			want: "2001:db8::1\t80\ttcp\tinet6\twlc\t0\t0\tnil\tfalse\ttrue"},
		{name: "a firewall mark has no address", script: `
			local s = ipvs.service { fwmark = 7, family = "inet6", persistence = 1, persistence_netmask = 48 }
			print(s.addr, s.port, s.protocol, s.fwmark, s.family, s.persistence_netmask, s)`,
			want: "nil\tnil\tnil\t7\tinet6\t48\tfwmark 7 inet6"},
		{name: "the fields of a destination", script: `
			local d = ipvs.dest { addr = "[2001:db8::9]:80", weight = 2, forward = "tunnel", tunnel = { type = "gue", port = 5, checksum = "csum" }, upper_threshold = 9, lower_threshold = 3 }
			print(d.addr, d.port, d.weight, d.forward, d.tunnel.type, d.tunnel.port, d.tunnel.checksum, d.upper_threshold, d.lower_threshold, d)
			local e = ipvs.dest { addr = "10.0.0.9:80" }
			print(e.weight, e.forward, e.tunnel, e.upper_threshold, e.lower_threshold)`,
			want: "2001:db8::9\t80\t2\ttunnel\tgue\t5\tcsum\t9\t3\t[2001:db8::9]:80\n1\tnat\tnil\t0\t0"},
		{name: "services are equal by their key", script: pair + `
			print(s == ipvs.find("tcp 10.0.0.1:80"), s == ipvs.service { addr = "10.0.0.1:80", scheduler = "rr" }, s == ipvs.service { addr = "10.0.0.1:81" })`,
			want: "true\ttrue\tfalse"},
		{name: "find takes a text or a table", script: pair + `
			ipvs.service { fwmark = 7, family = "inet6" }:add()
			print(ipvs.find("10.0.0.1:80"), ipvs.find("udp 10.0.0.1:80"), ipvs.find { addr = "10.0.0.1", port = 80 }, ipvs.find { fwmark = 7, family = "inet6" })
			print(ipvs.find("fwmark 7 inet6"), ipvs.find("fwmark 7"), ipvs.find(tostring(s)) == s)`,
			want: "tcp 10.0.0.1:80\tnil\ttcp 10.0.0.1:80\tfwmark 7 inet6\nfwmark 7 inet6\tnil\ttrue"},
		{name: "services lists them by key", script: pair + `
			ipvs.service { addr = "10.0.0.1:22" }:add()
			for i, s in ipairs(ipvs.services()) do print(i, s, #s.dests) end`,
			want: "1\ttcp 10.0.0.1:22\t0\n2\ttcp 10.0.0.1:80\t2"},
		{name: "dests are as the kernel has them", script: pair + `
			ipvs.find("10.0.0.1:80"):add_dest(ipvs.dest { addr = "192.168.0.3:80" })
			for _, d in ipairs(s.dests) do print(d, d.weight) end
			print(s:find_dest("192.168.0.3:80"), s:find_dest("192.168.0.4:80"), s:find_dest(b))`,
			want: "192.168.0.1:80\t1\n192.168.0.2:80\t3\n192.168.0.3:80\t1\n192.168.0.3:80\tnil\t192.168.0.2:80"},
		{name: "statistics are a view", script: pair + `
			print(s.stats, s.stats.connections, a.stats.in_bytes, s.dests[1].stats.out_byte_rate)
			print(pcall(function() return s.stats.conections end))
			print(pcall(function() s.stats.connections = 1 end))`,
			want: "stats\t0\t0\t0\nfalse\ttest.lua:10: stats has no field \"conections\" (did you mean \"connections\"?)\n" +
				"false\ttest.lua:11: stats is read only: \"connections\" cannot be written"},
	})
}

// What is read of counters is never older than what the script itself did.
func TestReadingsAreNotOlderThanChanges(t *testing.T) {
	newBench(t).must(t, pair+`
		assert(#s.dests == 2 and s.stats.connections == 0)
		local c = ipvs.dest { addr = "192.168.0.3:80" }
		s:add_dest(c)
		assert(c.active_connections == 0)
		s:delete()
		assert(not pcall(function() return s.stats end), "statistics of a deleted service")
		s:add()
		assert(s.stats.connections == 0)
		ipvs.flush()
		assert(not pcall(function() return s.stats end), "statistics of a flushed service")`)
}

func TestConnectionsAreCountedByTheKernel(t *testing.T) {
	b := newBench(t)
	b.must(t, pair)
	key := ipvs.AddrKey(ipvs.TCP, netip.MustParseAddrPort("10.0.0.1:80"))
	if err := b.kernel.SetConnections(key, netip.MustParseAddrPort("192.168.0.2:80"), 5, 7); err != nil {
		t.Fatal(err)
	}
	got := b.must(t, `for _, d in ipairs(ipvs.find("10.0.0.1:80").dests) do print(d, d.active_connections, d.inactive_connections, d.persistent_connections) end`)
	if want := "192.168.0.1:80\t0\t0\t0\n192.168.0.2:80\t5\t7\t0"; got != want {
		t.Errorf("printed\n%s\nwant\n%s", got, want)
	}
}

// countingKernel counts how often its table is read.
type countingKernel struct {
	*ipvs.Memory
	reads int
}

func (k *countingKernel) Table(keys ...ipvs.ServiceKey) (ipvs.Table, error) {
	k.reads++
	return k.Memory.Table(keys...)
}

// A loop over the destinations reads the kernel once; a later look reads again.
func TestALoopReadsTheKernelOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		kernel := &countingKernel{Memory: b.kernel}
		b.rt.kernel = kernel
		b.must(t, pair+`
			svc = s
			for _, d in ipairs(svc.dests) do print(d.active_connections, d.inactive_connections, d.stats, svc.stats) end`)
		if kernel.reads != 1 {
			t.Errorf("the loop read the kernel %d times, want once", kernel.reads)
		}
		time.Sleep(freshFor)
		b.must(t, `print(svc.stats)`)
		if kernel.reads != 2 {
			t.Errorf("%d reads after %v, want 2", kernel.reads, freshFor)
		}
	})
}
