package luaapi

import (
	"strings"
	"testing"
	"time"
)

const discovering = `
listed, why = { "192.168.0.1:80" }, false
web = virtual_server "10.0.0.1:80" {
  check = asked, scheduler = "wrr",
  servers_from = source.lua { every = "5s", timeout = "1s", function() return listed, why end },
}
`

func TestAFunctionListsServers(t *testing.T) {
	inForce(t, discovering, func(l *live) {
		l.pass(3 * time.Second)
		l.expect("at first", l.members(shop), "192.168.0.1:80*1")
		l.lua(`health["192.168.0.3:80"] = false
			listed = { "192.168.0.1", { "192.168.0.2:80", weight = 3, name = "web2" }, { addr = "192.168.0.3", port = 80 } }`)
		l.pass(10 * time.Second)
		l.expect("two more, one of which is down", l.members(shop), "192.168.0.1:80*1 192.168.0.2:80*3")
		l.expect("objects", l.lua(`local two = web:find("192.168.0.2:80")
			return #web.servers, two.name, two.origin, web.servers[3].state, web.sources[1].name, web.sources[1].servers, web.sources[1].age < 5`),
			"3 web2 lua 1 down lua 1 3 true")
		l.lua(`listed, why = false, "no answer"`)
		l.load(strings.Replace(discovering, `{ "192.168.0.1:80" }, false`, `false, "gone"`, 1))
		l.lua(`health["192.168.0.3:80"] = false`)
		l.pass(10 * time.Second)
		l.expect("a reload keeps the list", l.members(shop), "192.168.0.1:80*1 192.168.0.2:80*3")
		l.expect("the problem", l.lua(`return web.sources[1].problem`), "gone")
		l.expect("removed", l.lua(`return web:remove("192.168.0.2:80")`), "nil 192.168.0.2:80 is listed by lua 1: take it out there")
	})
}

func TestAListThatCannotBeUsedLeavesTheLastInForce(t *testing.T) {
	for _, c := range []struct{ code, problem string }{
		{`listed, why = false, "no answer"`, "no answer"},
		{`listed = false`, `the function returned false; want a list of servers such as { "192.168.0.1:80" }, or nil and a reason`},
		{`listed = 7`, "policy.lua:5: the function returned 7"},
		{`listed = {}`, "lists no servers (allow_empty = true takes that for an answer)"},
		{`listed = { "192.168.0.2:80", "web2" }`, `entry 2: want an address such as`},
		{`listed = { 7 }`, `entry 1: want "192.168.0.1:80" or { "192.168.0.1:80", weight = 3 }, got 7`},
		{`listed = { {} }`, `entry 1: want "192.168.0.1:80"`},
		{`listed = { { "192.168.0.2:80", wieght = 1 } }`, `entry 1: unknown field "wieght" (did you mean "weight"?)`},
		{`listed = { { "192.168.0.2:80", port = 81 } }`, `entry 1: field "port" is for an address that has none, and this is 192.168.0.2:80`},
		{`listed = { web = "192.168.0.2:80" }`, `unknown field "web"`},
		{`listed = { "192.168.0.2:80", "192.168.0.2" }`, "entry 2: 192.168.0.2:80 is entry 1 already"},
		{`listed = { "[2001:db8::1]:80" }`, "nat cannot forward inet packets to an inet6 address"},
		{`listed = setmetatable({}, { __index = error })`, "lists no servers"},
	} {
		t.Run(c.code, func(t *testing.T) {
			inForce(t, discovering, func(l *live) {
				l.pass(3 * time.Second)
				l.lua(c.code)
				l.pass(6 * time.Second)
				if got := l.lua(`return web.sources[1].problem`); !strings.Contains(got, c.problem) {
					t.Errorf("problem %q, want %q", got, c.problem)
				}
				l.expect("members", l.members(shop), "192.168.0.1:80*1")
			})
		})
	}
}

func TestAFunctionThatHangsIsASourceThatFails(t *testing.T) {
	inForce(t, strings.Replace(discovering, "return listed", `if why == "hang" then sleep("1h") end return listed`, 1), func(l *live) {
		l.pass(3 * time.Second)
		l.lua(`why = "hang"`)
		l.pass(10 * time.Second)
		l.expect("problem", l.lua(`return web.sources[1].problem`), "no answer within 1s")
		l.expect("members", l.members(shop), "192.168.0.1:80*1")
	})
}
