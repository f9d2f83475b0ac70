package luaapi

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
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

// One name may be asked for with two ports; what people see tells them apart.
func TestSourcesAreToldApartByWhatTheyAsk(t *testing.T) {
	src := `virtual_server "10.0.0.1:80" { check = check.tcp {}, servers_from = {
		source.dns { name = "a.example", port = 80 }, source.dns { name = "a.example", port = 81 }, source.dns { name = "a.example" },
		source.dns { name = "a.example", resolver = "192.0.2.53" }, source.dns { name = "a.example", type = "AAAA" },
		source.dns { name = "a.example", type = "SRV" }, source.dns { name = "a.example", type = "SRV", family = "inet6" },
		source.lua { function() return {} end }, source.lua { function() return {} end },
		source.http { url = "http://127.0.0.1/a", bearer = "secret" }, source.file { path = "/etc/a.yaml" },
	} }`
	got := ""
	for _, s := range load(t, "policy.lua", src, Options{}).Config().Services[0].Sources {
		got += s.ID + "\n"
		if want := strings.HasPrefix(s.ID, "lua"); s.ByPlace != want {
			t.Errorf("%s: by its place alone: %v", s.ID, s.ByPlace)
		}
	}
	want := `dns a.example A port 80
dns a.example A port 81
dns a.example A
dns a.example A @192.0.2.53:53
dns a.example AAAA
dns a.example SRV
dns a.example SRV inet6
lua 8
lua 9
http http://127.0.0.1/a
file /etc/a.yaml
`
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// The first function of a reloaded text need not be the first of the text before.
func TestAFunctionInFrontOfAnotherTakesNobodyOut(t *testing.T) {
	inForce(t, discovering, func(l *live) {
		l.pass(3 * time.Second)
		l.load(strings.Replace(discovering, `servers_from = `, `servers_from = { source.lua { function() return { "192.168.0.2:80" } end }, `, 1) + "}")
		l.expect("at once", l.members(shop), "192.168.0.1:80*1")
		l.pass(3 * time.Second)
		l.expect("after both answers", l.members(shop), "192.168.0.1:80*1 192.168.0.2:80*1")
	})
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
