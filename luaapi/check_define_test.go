package luaapi

import (
	"strings"
	"testing"
	"time"

	lua "github.com/yuin/gopher-lua"
)

func TestADefinedCheckGetsItsServerAndItsSettings(t *testing.T) {
	for _, c := range []struct{ name, check, body, want string }{
		{"the defaults", `{}`, `return false, o.text .. o.number .. tostring(o.flag) .. o.word`, "down fail verdict text3falseone"},
		{"what was given", `{ text = "x", number = 4, flag = true, word = "two" }`, `return false, o.text .. o.number .. tostring(o.flag) .. o.word`, "down fail verdict x4truetwo"},
		{"the server", `{}`, `return rs.addr == o.addr, o.addr`, "up pass  192.168.0.1:80"},
		{"another address and port", `{ addr = "2001:db8::1", port = 81 }`, `return true, o.addr`, "up pass  [2001:db8::1]:81"},
		{"no way of its own", `{}`, `return true, type(o.route)`, "up pass  nil"},
		{"a way of its own", `{ source = "192.0.2.1", interface = "lo", mark = 7 }`, `return true, o.route.source .. o.route.interface .. o.route.mark`, "up pass  192.0.2.1lo7"},
		{"by way of the service", `{ via = "service", source = "192.0.2.1" }`, `return o.addr == "10.0.0.1:80" and o.route.mark >= 0x6c760000, o.route.source`, "up pass  192.0.2.1"},
		{"a table that stays", `{}`, `o.n = (rawget(o, "n") or 0) + 1 return true, o.n > 1 and "more than one" or "one"`, "up pass  more than one"},
		{"an error", `{}`, `error("oops")`, "unknown unknown script policy.lua:2: oops"},
	} {
		t.Run(c.name, func(t *testing.T) {
			inForce(t, `
check.define("own", { text = "text", number = 3, flag = false, word = { "one", "two" } }, function(rs, o) `+c.body+` end)
local web = virtual_server "10.0.0.1:80" { real_server "192.168.0.1:80" { check = check.own `+c.check+` } }
function seen()
  local c = web.servers[1].checks[1]
  return web.servers[1].state, c.outcome, c.cause, c.reason
end`, func(l *live) {
				l.pass(7 * time.Second)
				l.expect("seen", l.lua(`return seen()`), c.want)
			})
		})
	}
}

// The library is run in the policy that uses it, and only there.
func TestALibraryCheckIsRunWhenItIsNamed(t *testing.T) {
	src := "check.define('own', {}, function() return true end) virtual_server '10.0.0.1:80' { check = %s, real_server '192.168.0.1:80' }"
	p := load(t, "policy.lua", strings.Replace(src, "%s", "{ check.redis {}, check.own {} }", 1), Options{})
	if got := p.Config().Services[0].Servers[0].Checks[0].ID; got != "redis" {
		t.Errorf("the check is %q", got)
	}
	for name, want := range map[string]bool{"redis": true, "own": true, "smtp": false} {
		v := p.rt.vm.State().GetGlobal("check").(*lua.LTable).RawGetString(name)
		if got := v.String() != "nil"; got != want {
			t.Errorf("check.%s is there: %v, want %v", name, got, want)
		}
	}
}

// The same settings are the same check after a reload, whatever the code does
// now; other settings are another one.
func TestADefinedCheckGoesOnAfterAReload(t *testing.T) {
	src := func(says, settings string) string {
		return `
check.define("own", { n = 1 }, function(rs, o) return true, "` + says + `" end)
local web = virtual_server "10.0.0.1:80" { real_server "192.168.0.1:80" { check = check.own { every = "10s", ` + settings + ` } } }
function seen()
  local c = web.servers[1].checks[1]
  return c.runs, c.reason
end`
	}
	inForce(t, src("old", ""), func(l *live) {
		l.pass(35 * time.Second)
		before := l.lua(`return seen()`)
		l.load(src("new", "n = 1"))
		l.expect("right after the reload", l.lua(`return seen()`), before)
		l.pass(11 * time.Second)
		if got := l.lua(`return seen()`); !strings.HasSuffix(got, " new") || got <= before {
			t.Errorf("after one run more: %s, before the reload: %s", got, before)
		}
		l.load(src("new", "n = 2"))
		l.expect("with other settings", l.lua(`return seen()`), "0 ")
	})
}
