package luaapi

import (
	"net/netip"
	"strings"
	"testing"
	"time"

	"luavs/ipvs"
)

const leaving = `
web = virtual_server "10.0.0.1:80" {
  check = asked, scheduler = "wrr", drain = "1m",
  real_server "192.168.0.1:80" { weight = 2 }, real_server "192.168.0.2:80",
}
told = ""
on("drained", function(ev)
  told = told .. ev.service.name .. " " .. ev.server.addr .. " " .. ev.new .. ": " .. ev.reason .. "; "
end)
`

// connect gives a server of the virtual server connections, and has them read.
func (l *live) connect(server string, active uint32) {
	l.Helper()
	if err := l.kernel.SetConnections(ipvs.AddrKey(ipvs.TCP, netip.MustParseAddrPort("10.0.0.1:80")), netip.MustParseAddrPort(server), active, 0); err != nil {
		l.Fatal(err)
	}
	l.pass(5 * time.Second)
}

func TestAPolicyDrainsAndResumesAServer(t *testing.T) {
	inForce(t, leaving, func(l *live) {
		l.pass(3 * time.Second)
		l.connect("192.168.0.1:80", 3)
		l.expect("drain", l.lua(`local rs = web.servers[1]
			return rs:drain("nightly"), rs.state, rs.reason, rs.health, rs.drained, #web:up(), rs.active_connections`),
			"true draining nightly up false 1 3")
		l.expect("at zero", l.members(shop), "192.168.0.1:80*0 192.168.0.2:80*1")
		l.load(leaving)
		l.pass(3 * time.Second)
		l.expect("still, after a reload", l.members(shop), "192.168.0.1:80*0 192.168.0.2:80*1")
		l.connect("192.168.0.1:80", 0)
		l.expect("out", l.members(shop), "192.168.0.2:80*1")
		l.expect("drained", l.lua(`return web.servers[1].state, web.servers[1].drained, told`),
			"draining true tcp 10.0.0.1:80 192.168.0.1:80 draining: no connection is left; ")
		l.expect("resume", l.lua(`return web.servers[1]:resume(), web.servers[1].state, #web:up()`), "true up 2")
		l.expect("back", l.members(shop), "192.168.0.1:80*2 192.168.0.2:80*1")
	})
}

func TestMaintenanceHasADeadlineOfItsOwn(t *testing.T) {
	inForce(t, leaving, func(l *live) {
		l.pass(3 * time.Second)
		l.connect("192.168.0.1:80", 3)
		l.expect("marked", l.lua(`local rs = web.servers[1]; return rs:maintenance { why = "disks", deadline = "10s" }, rs.state, rs.reason`), "true maintenance disks")
		l.pass(9 * time.Second)
		l.expect("at zero", l.members(shop), "192.168.0.1:80*0 192.168.0.2:80*1")
		l.pass(time.Second)
		l.expect("cut off", l.members(shop), "192.168.0.2:80*1")
		l.expect("told", l.lua(`return told`), "tcp 10.0.0.1:80 192.168.0.1:80 maintenance: its time is over; ")
	})
}

func TestHandlersHearOfAVirtualServerThatIsNotDeclaredAnyMore(t *testing.T) {
	inForce(t, leaving, func(l *live) {
		l.pass(3 * time.Second)
		l.connect("192.168.0.1:80", 3)
		l.load(`told = ""
			on("drained", function(ev) told = told .. ev.service.name .. " " .. ev.server.addr .. " " .. ev.server.state .. "; " end)
			virtual_server "10.0.0.2:80" { real_server "192.168.0.1:80" }`)
		l.pass(time.Minute)
		l.expect("told", l.lua(`return told`), "tcp 10.0.0.1:80 192.168.0.2:80 unknown; tcp 10.0.0.1:80 192.168.0.1:80 unknown; ")
	})
}

// A policy function is called after every change: to drain what drains is none.
func TestAPolicyFunctionThatDrainsIsNotAskedForEver(t *testing.T) {
	inForce(t, `
calls = 0
virtual_server "10.0.0.1:80" {
  real_server "192.168.0.1:80", real_server "192.168.0.2:80",
  policy = function(vs)
    calls = calls + 1
    vs.servers[1]:drain { why = "always", deadline = "1m" }
    vs.servers[2]:resume()
    return vs.servers
  end,
}`, func(l *live) {
		l.pass(time.Minute)
		l.expect("members", l.members(shop), "192.168.0.2:80*1")
		// Two changes, and each resync.
		l.expect("called now and then", l.lua(`return calls < 30`), "true")
	})
}

func TestCallsOfDrainThatAreWrong(t *testing.T) {
	for call, want := range map[string]string{
		`web.servers[1]:drain(3)`:                                                 `drain: want a reason, or a table such as { why = "new kernel", deadline = "5m" }, got 3`,
		`web.servers[1]:drain { wyh = "x" }`:                                      `drain: unknown field "wyh" (did you mean "why"?)`,
		`web.servers[1]:maintenance { deadline = "x" }`:                           `maintenance: field "deadline": want a duration`,
		`return web.servers[3]:drain()`:                                           "nil 192.168.0.9:80 is no server of this virtual server",
		`local rs = web:add("192.168.0.8:80"); web:remove(rs) return rs:resume()`: "nil 192.168.0.8:80 is no server of this virtual server",
	} {
		t.Run(call, func(t *testing.T) {
			inForce(t, leaving, func(l *live) {
				l.pass(3 * time.Second)
				call := strings.Replace(call, "web.servers[3]", `(function() local rs = web:add("192.168.0.9:80"); web:remove(rs); return rs end)()`, 1)
				if got := l.lua(call); !strings.Contains(got, want) {
					t.Errorf("got %q, want %q", got, want)
				}
			})
		})
	}
}
