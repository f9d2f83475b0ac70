package luaapi

import (
	"fmt"
	"strings"
	"testing"
)

func TestScriptsAskAndTellIPVSAsAWhole(t *testing.T) {
	runScripts(t, nil, []scriptCase{
		{name: "info is a view", script: `print(ipvs.info().version, ipvs.info().connection_table)`, want: "1.2.1\t4096"},
		{name: "timeouts that are not named stay", script: `
			local t = ipvs.timeouts { tcpfin = "30s", udp = 60 }
			print(t.tcp, t.tcpfin, t.udp)
			print(ipvs.timeouts().tcpfin)`, want: "900\t30\t60\n30"},
		{name: "sysctls are numbers and texts", script: `
			print(ipvs.sysctl("expire_nodest_conn"), ipvs.sysctl("expire_nodest_conn", true), ipvs.sysctl("drop_entry", 3))
			print(ipvs.sysctl("sync_threshold") == "3 50", ipvs.sysctl("sync_threshold", "2 20"))`, want: "0\t1\t3\ntrue\t2 20"},
		{name: "a daemon is started, listed and stopped", script: `
			ipvs.start_daemon { role = "backup", interface = "lo", sync_id = 7 }
			for _, d in ipairs(ipvs.daemons()) do print(d.role, d.interface, d.sync_id, d.group, d.port, d.ttl) end
			ipvs.stop_daemon("backup")
			print(#ipvs.daemons())`, want: "backup\tlo\t7\t224.0.0.81\t8848\t1\n0"},
	})
}

func TestMisuseOfIPVSAsAWholeIsNamed(t *testing.T) {
	for _, c := range []struct{ script, want string }{
		{`ipvs.timeouts { tpc = 5 }`, `unknown field "tpc" (did you mean "tcp"?)`},
		{`ipvs.timeouts {}`, "want at least one of tcp, tcpfin and udp"},
		{`ipvs.timeouts { tcp = "1500ms" }`, "tcp timeout 1.5s is not in whole seconds"},
		{`ipvs.sysctl("expire_nodest_con")`, "expire_nodest_con"},
		{`ipvs.sysctl("drop_entry", 4)`, "4"},
		{`ipvs.sysctl("drop_entry", 1.5)`, "want a whole number, a text, true or false, got 1.5"},
		{`ipvs.start_daemon { interface = "lo" }`, `field "role": is missing: "master" or "backup"`},
		{`ipvs.start_daemon { role = "slave", interface = "lo" }`, `want "master" or "backup", got "slave"`},
		{`ipvs.start_daemon { role = "master" }`, `field "interface": is missing`},
		{`ipvs.start_daemon { role = "master", interface = "lo", group = "10.0.0.1" }`, "want a multicast address"},
		{`ipvs.start_daemon { role = "master", interface = "nosuch0" }`, "nosuch0"},
		{`ipvs.stop_daemon("master")`, "master sync daemon"},
		{`ipvs.stop_daemon("both")`, `role "both" is not master or backup`},
		{`ipvs.connections { state = "ESTABLISHD" }`, `(did you mean "ESTABLISHED"?)`},
		{`ipvs.connections { client = "10.0.0.0/40" }`, "want an address or a network"},
		{`ipvs.connections { virtual = "here:80" }`, "want an address"},
		{`ipvs.connections { limit = 0 }`, "want a whole number from 1 to 100000"},
		{`ipvs.info().versions()`, `info has no field "versions" (did you mean "version"?)`},
	} {
		b := newBench(t)
		b.kernel.SetInterfaces("lo")
		_, err := b.run(t, t.Context(), c.script)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %v\nwant one with %s", c.script, err, c.want)
		}
	}
}

func TestConnectionsAreFilteredAndLimited(t *testing.T) {
	b := newBench(t)
	b.must(t, pair)
	key, _ := parseKey("10.0.0.1:80")
	for i, addr := range []string{"192.168.0.1:80", "192.168.0.2:80"} {
		server, _ := parseServer(addr)
		if err := b.kernel.SetConnections(key, server, uint32(3+i), 2); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct{ filter, want string }{
		{`{}`, "11 false"},
		{`{ limit = 4 }`, "4 true"},
		{`{ limit = 11 }`, "11 false"},
		{`{ state = "ESTABLISHED" }`, "7 false"},
		{`{ destination = "192.168.0.2:80" }`, "6 false"},
		{`{ destination = "192.168.0.2" }`, "6 false"},
		{`{ service = "10.0.0.1:80", state = "ESTABLISHED", destination = "192.168.0.1:80" }`, "3 false"},
		{`{ service = "10.0.0.2:80" }`, "0 false"},
		{`{ protocol = "udp" }`, "0 false"},
		{`{ templates = "only" }`, "0 false"},
	} {
		got := b.must(t, fmt.Sprintf("local list, more = ipvs.connections %s print(#list .. ' ' .. tostring(more))", c.filter))
		if got != c.want {
			t.Errorf("%s: got %s, want %s", c.filter, got, c.want)
		}
	}
	const one = `local c = ipvs.connections { limit = 1, destination = "192.168.0.1" }[1]
		print(c.protocol, c.virtual, c.destination, c.template, c.fwmark, c.pe)`
	if got, want := b.must(t, one), "tcp\t10.0.0.1:80\t192.168.0.1:80\tfalse\t0\t"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
