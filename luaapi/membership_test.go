package luaapi

import (
	"strings"
	"testing"
	"time"
)

const growing = `
web = virtual_server "10.0.0.1:80" {
  check = asked, scheduler = "wrr",
  real_server "192.168.0.1:80",
}
direct = virtual_server "10.0.0.2:80" { forward = "dr", real_server "192.168.0.1:80" }
told = ""
on("added", function(ev) told = told .. "+" .. ev.server.addr .. " " end)
on("removed", function(ev) told = told .. "-" .. ev.server.addr .. " " end)
`

func TestServersJoinAndLeaveWhileThePolicyIsInForce(t *testing.T) {
	inForce(t, growing, func(l *live) {
		l.pass(3 * time.Second)
		l.lua(`health["192.168.0.2:80"] = false`)
		l.expect("added", l.lua(`local rs = web:add("192.168.0.2:80", { weight = 3, name = "web2" })
			return rs, rs.state, rs.weight, rs.origin, web.servers[1].origin`),
			"real_server 192.168.0.2:80 (web2) unknown 3 added declared")
		l.pass(3 * time.Second)
		l.expect("down at first", l.members(shop), "192.168.0.1:80*1")
		l.lua(`health["192.168.0.2:80"] = true`)
		l.pass(3 * time.Second)
		l.expect("checked", l.members(shop), "192.168.0.1:80*1 192.168.0.2:80*3")
		l.lua(`web:add("192.168.0.3:80", { at_once = true })`)
		l.expect("at once", l.members(shop), "192.168.0.1:80*1 192.168.0.2:80*3 192.168.0.3:80*1")

		l.load(growing)
		l.pass(3 * time.Second)
		l.expect("after a reload", l.members(shop), "192.168.0.1:80*1 192.168.0.2:80*3 192.168.0.3:80*1")
		l.expect("removed", l.lua(`return web:remove("192.168.0.2:80"), web:remove(web:find("192.168.0.3:80")), #web.servers`), "true true 1")
		l.expect("at once too", l.members(shop), "192.168.0.1:80*1")
		l.pass(time.Second)
		l.expect("events", l.lua(`return told`), "-192.168.0.2:80 -192.168.0.3:80 ")
	})
}

func TestWhoCannotJoinOrLeave(t *testing.T) {
	for _, c := range []struct{ call, want string }{
		{`return web:add("192.168.0.1:80")`, "nil 192.168.0.1:80 is declared in the policy's text"},
		{`return web:remove("192.168.0.1:80")`, "nil 192.168.0.1:80 is declared in the policy's text: take it out there"},
		{`return web:remove("192.168.0.9:80")`, "nil 192.168.0.9:80 is no server of this virtual server"},
		{`return web:add("[2001:db8::1]:80")`, "nil destination [2001:db8::1]:80 of tcp 10.0.0.1:80: nat cannot forward inet packets to an inet6 address"},
		{`return web:add("192.168.0.2:0")`, "nil real_server 192.168.0.2:0: port 0 stands for the virtual server's port"},
		{`return direct:add("192.168.0.2:8080")`, `nil real_server 192.168.0.2:8080: forward = "dr" leaves the port of a packet as it is`},
		{`web:add("web2")`, `add: want an address and port such as "10.0.0.1:80", got "web2": names are not resolved`},
		{`web:add()`, `add: want an address and port such as "192.168.0.1:80", got nil`},
		{`web:add("192.168.0.2:80", { wieght = 1 })`, `add: unknown field "wieght" (did you mean "weight"?)`},
		{`web:add("192.168.0.2:80", { weight = -1 })`, `add: field "weight": want a whole number from 0 to 2147483647, got -1`},
		{`web:add("192.168.0.2:80", 3)`, `add: argument 3: want a table, got 3`},
		{`web:remove({})`, `remove: want an address and port such as "192.168.0.1:80", got a table`},
	} {
		t.Run(c.call, func(t *testing.T) {
			inForce(t, growing, func(l *live) {
				l.pass(3 * time.Second)
				if got := l.lua(c.call); !strings.Contains(got, c.want) {
					t.Errorf("got %q, want %q", got, c.want)
				}
				l.expect("servers", l.lua(`return #web.servers + #direct.servers`), "2")
			})
		})
	}
}

// A policy function is called after every change: adding the same server each
// time is none.
func TestAPolicyFunctionThatAddsIsNotAskedForEver(t *testing.T) {
	inForce(t, `
calls = 0
virtual_server "10.0.0.1:80" {
  real_server "192.168.0.1:80",
  policy = function(vs)
    calls = calls + 1
    vs:add("192.168.0.2:80")
    return vs:up()
  end,
}`, func(l *live) {
		l.pass(time.Minute)
		l.expect("members", l.members(shop), "192.168.0.1:80*1 192.168.0.2:80*1")
		// Two changes, and each resync.
		l.expect("called now and then", l.lua(`return calls < 30`), "true")
	})
}
