package luaapi

import (
	"strings"
	"testing"
	"time"
)

const shop = "tcp 10.0.0.1:80"

func TestWithoutAPolicyEveryServerThatIsUpServes(t *testing.T) {
	inForce(t, `
virtual_server "10.0.0.1:80" {
  check = asked,
  real_server "192.168.0.1:80" { weight = 1 },
  real_server "192.168.0.2:80" { weight = 3 },
}`, func(l *live) {
		l.pass(5 * time.Second)
		l.expect("at first", l.members(shop), "192.168.0.1:80*1 192.168.0.2:80*3")
		l.lua(`health["192.168.0.1:80"] = false`)
		l.pass(5 * time.Second)
		l.expect("one down", l.members(shop), "192.168.0.2:80*3")
		l.lua(`health["192.168.0.1:80"] = true`)
		l.pass(5 * time.Second)
		l.expect("back", l.members(shop), "192.168.0.1:80*1 192.168.0.2:80*3")
	})
}

func TestAPolicyFunctionSaysWhoServes(t *testing.T) {
	const servers = `real_server "192.168.0.1:80" { weight = 2 }, real_server "192.168.0.2:80" { weight = 3 }, check = asked`
	for _, c := range []struct{ name, policy, want string }{
		{"objects", `return vs:up()`, "192.168.0.1:80*2 192.168.0.2:80*3"},
		{"nobody", `return {}`, ""},
		{"the address of a declared server means that server", `return { "192.168.0.2:80" }`, "192.168.0.2:80*3"},
		{"another address joins with weight 1", `return { vs.servers[1], "192.168.0.4:80" }`, "192.168.0.1:80*2 192.168.0.4:80*1"},
		{"settings of its own", `return { { vs.servers[1], weight = 7 }, { "192.168.0.4:80", weight = 0 } }`, "192.168.0.1:80*7 192.168.0.4:80*0"},
		{"the object that was found", `return { vs:find("192.168.0.2:80") }`, "192.168.0.2:80*3"},
	} {
		t.Run(c.name, func(t *testing.T) {
			inForce(t, `virtual_server "10.0.0.1:80" {`+servers+`, policy = function(vs) `+c.policy+` end }`, func(l *live) {
				l.pass(3 * time.Second)
				l.expect("members", l.members(shop), c.want)
			})
		})
	}
}

func TestAnAnswerThatCannotBeUsedLeavesTheLastInForce(t *testing.T) {
	for _, c := range []struct{ name, answer, problem string }{
		{"nothing", ``, `policy.lua:3: a policy function returned nil; want a list of who serves, such as vs:up() or {} for nobody`},
		{"a server instead of a list", `return vs.servers[1]`, `a policy function returned an object; want a list`},
		{"a name", `return { "web1" }`, `item 1: want an address and port such as "10.0.0.1:80", got "web1": names are not resolved`},
		{"a number", `return { vs.servers[1], 7 }`, `item 2: want a server, or an address and port such as "192.168.0.1:80", got 7`},
		{"twice the same", `return { vs.servers[1], "192.168.0.1:80" }`, `item 2: 192.168.0.1:80 is item 1 already`},
		{"a nil in the middle", `return { vs.servers[1], vs:find("192.168.0.7:80"), vs.servers[2] }`, `item 2: is nil`},
		{"a misspelt setting", `return { { vs.servers[1], wieght = 2 } }`, `unknown field "wieght" (did you mean "weight"?)`},
		{"an address of the wrong family", `return { "[2001:db8::1]:80" }`, `nat cannot forward inet packets to an inet6 address`},
		{"a named list", `return { web = vs.servers[1] }`, `unknown field "web"`},
		{"two servers in one item", `return { { vs.servers[1], vs.servers[2] } }`, `want one server or address in the table`},
		{"an error", `error("no idea")`, `policy.lua:4: no idea`},
		{"an endless loop", `while true do end`, `budget`},
	} {
		t.Run(c.name, func(t *testing.T) {
			inForce(t, `
broken = false
local function decide(vs)
  if broken then `+c.answer+` else return vs:up() end
end
local web = virtual_server "10.0.0.1:80" {
  check = asked, real_server "192.168.0.1:80", real_server "192.168.0.2:80", policy = decide,
}
function problem() return web.problem end`, func(l *live) {
				l.pass(3 * time.Second)
				l.expect("no problem", l.lua(`return problem()`), "nil")
				l.lua(`broken = true; health["192.168.0.2:80"] = false`)
				l.pass(3 * time.Second)
				l.expect("members", l.members(shop), "192.168.0.1:80*1")
				if got := l.lua(`return problem()`); !strings.Contains(got, c.problem) {
					t.Errorf("problem %q, want %q", got, c.problem)
				}
			})
		})
	}
}

func TestWhatACheckFunctionReturns(t *testing.T) {
	for _, c := range []struct{ name, body, want string }{
		{"true is up", `return true`, "up pass  "},
		{"false is down", `return false`, "down fail verdict the check's function returned false"},
		{"false with a reason", `return false, "too old"`, "down fail verdict too old"},
		{"nil with a reason", `return nil, "too old"`, "down fail verdict too old"},
		{"nothing is no answer", ``, "unknown unknown script policy.lua:2: a check's function returned nil, nil; want true, or false and a reason"},
		{"a number is no answer", `return 200`, "unknown unknown script policy.lua:2: a check's function returned 200, nil; want true, or false and a reason"},
		{"a reason is one line that is safe to print", `return false, "\27[31mred\nand more"`, "down fail verdict .[31mred"},
		{"a reason is short", `return false, ("x"):rep(1000000)`, "down fail verdict " + strings.Repeat("x", 197) + "..."},
		{"an error is short", `error(("x"):rep(1000000))`, "unknown unknown script policy.lua:2: " + strings.Repeat("x", 183) + "..."},
		{"an error is no answer", `error("oops")`, "unknown unknown script policy.lua:2: oops"},
		{"too slow", `sleep("3s") return true`, "down fail timeout the check's function did not end in time"},
		{"it may wait", `sleep("100ms") return true`, "up pass  "},
		{"it knows the server", `return rs.addr == "192.168.0.1:80" and rs.state ~= nil, rs.addr`, "up pass  192.168.0.1:80"},
		{"a cause of its own", `return false, "busy", "status"`, "down fail status busy"},
		{"a cause that is none", `return false, "busy", "stauts"`, "unknown unknown script policy.lua:2: a check's function returned a third value: there is no cause \"stauts\" (did you mean \"status\"?)"},
		{"a fault on our side", `return false, "no file", "local"`, "unknown unknown local no file"},
		{"try lets values through", `local a, b = try(1, 2) return a + b == 3, "sum"`, "up pass  sum"},
		{"try ends the check", `try(nil, "no answer", "timeout") error("not reached")`, "down fail timeout no answer"},
		{"try without a reason", `try(false)`, "down fail verdict no reason was given"},
		{"try inside pcall", `local ok, e = pcall(try, nil, "no") return not ok, tostring(e)`, "up pass  no"},
		{"try with no cause of ours", `try(nil, "no", "tiemout")`, "unknown unknown script policy.lua:2: try: there is no cause \"tiemout\" (did you mean \"timeout\"?)"},
	} {
		t.Run(c.name, func(t *testing.T) {
			inForce(t, `
local own = check.lua { every = "2s", timeout = "1s", rise = 1, fall = 1, function(rs) `+c.body+` end }
local web = virtual_server "10.0.0.1:80" { real_server "192.168.0.1:80" { check = own } }
function seen()
  local c = web.servers[1].checks[1]
  return web.servers[1].state, c.outcome, c.cause, c.reason
end`, func(l *live) {
				l.pass(5 * time.Second)
				l.expect("seen", l.lua(`return seen()`), c.want)
			})
		})
	}
}

func TestABrokenCheckIsLoggedOnceWithItsTraceback(t *testing.T) {
	inForce(t, `
local function inner() error("oops") end
local own = check.lua { every = "1s", function(rs) inner() end }
virtual_server "10.0.0.1:80" { real_server "192.168.0.1:80" { check = own } }`, func(l *live) {
		l.pass(10 * time.Second)
		log := l.logged.String()
		if n := strings.Count(log, "oops"); n != 1 {
			t.Errorf("logged %d times, want once:\n%s", n, log)
		}
		for _, want := range []string{"policy.lua:2: oops", "traceback", "policy.lua:3"} {
			if !strings.Contains(log, want) {
				t.Errorf("%q is not in the log:\n%s", want, log)
			}
		}
	})
}

func TestAReloadForgetsNothing(t *testing.T) {
	const src = `
local web = virtual_server "10.0.0.1:80" {
  check = asked,
  policy = policy.standard { sorry_server = "192.168.0.9:80", quorum = 3, hysteresis = 1 },
  real_server "192.168.0.1:80" { weight = 2 },
  real_server "192.168.0.2:80" { weight = 1 },
  real_server "192.168.0.3:80" { weight = 1 },
}
function runs() return web.servers[1].checks[1].runs end`
	inForce(t, src, func(l *live) {
		const broken = `health["192.168.0.1:80"] = false`
		l.lua(broken)
		l.pass(5 * time.Second)
		l.expect("lost at 2", l.members(shop), "192.168.0.9:80*1")
		l.lua(`health["192.168.0.1:80"] = true; health["192.168.0.2:80"] = false`)
		l.pass(5 * time.Second)
		l.expect("still lost at 3", l.members(shop), "192.168.0.9:80*1")
		// The same check is known by its place among the server's, wherever the
		// text has moved to.
		l.load("\n\n" + src + "\n" + `health["192.168.0.2:80"] = false`)
		l.pass(5 * time.Second)
		l.expect("still lost after a reload", l.members(shop), "192.168.0.9:80*1")
		if got := l.lua(`return runs() > 12`); got != "true" {
			t.Errorf("the check began anew: more than 12 runs is %s", got)
		}
		l.lua(`health["192.168.0.2:80"] = true`)
		l.pass(5 * time.Second)
		l.expect("gained at 4", l.members(shop), "192.168.0.1:80*2 192.168.0.2:80*1 192.168.0.3:80*1")
	})
}
