package luaapi

import (
	"strings"
	"testing"
	"time"
)

func TestAFunctionAdvisesTheWeight(t *testing.T) {
	inForce(t, `
says = function() return true end
web = virtual_server "10.0.0.1:80" {
  check = check.lua { every = "1s", rise = 1, fall = 1, degraded_weight = "40%", function(rs) return says(rs) end },
  real_server "192.168.0.1:80" { weight = 10 },
}`, func(l *live) {
		for _, c := range []struct{ returns, want string }{
			{`true`, "up pass 10 "},
			{`true, "fine"`, "up pass 10 fine"},
			{`true, "half", "50%"`, "up pass 5 half"},
			{`true, nil, 7`, "up pass 7 "},
			{`true, nil, "7"`, "up pass 7 "},
			{`true, nil, "+5"`, "up pass 15 "},
			{`true, nil, "-3"`, "up pass 7 "},
			{`true, nil, 0`, "up pass 0 "},
			{`true, "fine", "status"`, "up pass 10 fine"},
			{`"degraded", "busy"`, "up degraded 4 busy"},
			{`"degraded", "busy", "80%"`, "up degraded 8 busy"},
			// what is no weight is a mistake of the script: it changes nothing
			{`true, nil, -3`, `up unknown 8 policy.lua:4: weight "-3": want a whole number`},
			{`true, nil, {}`, `up unknown 8 policy.lua:4: want a weight such as 5 or "50%", got a table`},
			{`true, nil, "much"`, `up unknown 8 policy.lua:4: weight "much": want`},
			{`"degrated"`, `up unknown 8 policy.lua:4: a check's function returned "degrated"`},
			{`false, "down"`, "down fail 10 down"},
			{`true`, "up pass 10 "},
		} {
			l.lua(`says = function() return ` + c.returns + ` end`)
			l.pass(6 * time.Second)
			got := l.lua(`local rs = web.servers[1] return rs.state, rs.checks[1].outcome, rs.effective_weight, rs.checks[1].reason`)
			if !strings.HasPrefix(got, strings.TrimSpace(c.want)) {
				l.Errorf("return %s: got %q, want %q", c.returns, got, c.want)
			}
		}
	})
}

func TestACombiningFunctionAdvisesTheWeight(t *testing.T) {
	inForce(t, `
web = virtual_server "10.0.0.1:80" {
  check = check.combine { asked, function(results)
    if results[1].state == "up" then return true, nil, "50%" end
    return "degraded", "alone", 1
  end },
  real_server "192.168.0.1:80" { weight = 10 },
}`, func(l *live) {
		l.pass(3 * time.Second)
		l.expect("up", l.lua(`return web.servers[1].effective_weight`), "5")
		l.lua(`health["192.168.0.1:80"] = false`)
		l.pass(3 * time.Second)
		l.expect("degraded", l.lua(`local rs = web.servers[1] return rs.state, rs.effective_weight, rs.reason`), "up 1 alone")
	})
}
