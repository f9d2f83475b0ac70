package luaapi

import (
	"strings"
	"testing"
	"time"
)

const objectsPolicy = `
web = virtual_server "10.0.0.1:80" {
  name = "shop", check = asked,
  real_server "192.168.0.1:80" { name = "web1", weight = 2, tags = { rack = "a" } },
  real_server "192.168.0.2:80",
  policy = function(vs) decided = vs; return vs:up() end,
}
mark = virtual_server { fwmark = 7, real_server "192.168.0.1:0" }
decided = false
`

func TestFieldsOfObjects(t *testing.T) {
	for _, c := range []struct{ expression, want string }{
		{`web.name`, "shop"},
		{`web.addr`, "10.0.0.1:80"},
		{`web.ip`, "10.0.0.1"},
		{`web.port`, "80"},
		{`web.protocol`, "tcp"},
		{`web.settled`, "true"},
		{`web.problem`, "nil"},
		{`#web.servers`, "2"},
		{`#web:up()`, "1"},
		{`web:down()[1].addr`, "192.168.0.2:80"},
		{`#web.members`, "1"},
		{`web.members[1].weight`, "2"},
		{`web.servers[1].effective_weight`, "2"},
		{`web.members[1].effective_weight`, "2"},
		{`web.servers[1].checks[1].advice`, ""},
		{`web.servers[1].checks[1].expires`, "0"},
		{`tostring(web)`, "virtual_server tcp 10.0.0.1:80"},
		{`mark.addr`, "nil"},
		{`mark.protocol`, "nil"},
		{`mark.name`, "fwmark 7 inet"},
		{`web:find("192.168.0.1:80").name`, "web1"},
		{`web:find("192.168.0.9:80")`, "nil"},
		{`web.servers[1].tags.rack`, "a"},
		{`web.servers[2].tags.rack`, "nil"},
		{`web.servers[1].state`, "up"},
		{`web.servers[2].state`, "down"},
		{`web.servers[2].reason`, "told so"},
		{`web.servers[2].forward`, "nat"},
		{`web.servers[2].since > 1 and web.servers[2].since < 60`, "true"},
		{`web.servers[1].active_connections`, "0"},
		{`web.servers[1].stats.connections`, "0"},
		{`web.servers[1].service == web`, "true"},
		{`web.servers[1] == web:up()[1]`, "true"},
		{`web.servers[1] == web.servers[2]`, "false"},
		{`tostring(web.servers[1])`, "real_server 192.168.0.1:80 (web1)"},
		{`web.servers[2].checks[1].outcome`, "fail"},
		{`web.servers[2].checks[1].runs > 1`, "true"},
		{`decided.servers[2].state`, "down"},
		{`decided == web`, "true"},
		{`web.servers[1].wieght`, `test:1: a real server has no field "wieght" (did you mean "weight"?)`},
		{`web.memmbers`, `test:1: a virtual server has no field "memmbers" (did you mean "members"?)`},
		{`web:find("web1")`, `test:1: find: want an address and port such as "10.0.0.1:80", got "web1": names are not resolved`},
		{`web:find(7)`, `test:1: find: want an address and port such as "192.168.0.1:80", got 7`},
	} {
		t.Run(c.expression, func(t *testing.T) {
			inForce(t, objectsPolicy, func(l *live) {
				l.lua(`health["192.168.0.2:80"] = false`)
				l.pass(5 * time.Second)
				l.expect(c.expression, l.lua("return "+c.expression), c.want)
			})
		})
	}
}

func TestWritingAWeightReachesTheKernel(t *testing.T) {
	inForce(t, objectsPolicy, func(l *live) {
		l.pass(3 * time.Second)
		l.expect("no error", l.lua(`web.servers[1].weight = 5`), "")
		l.pass(time.Second)
		l.expect("members", l.members(shop), "192.168.0.1:80*5 192.168.0.2:80*1")
		l.expect("read back", l.lua(`return web.servers[1].weight`), "5")
		for code, want := range map[string]string{
			`web.servers[1].weight = -1`:    "want a whole number from 0 to 2147483647, got -1",
			`web.servers[1].weight = "a"`:   `got "a"`,
			`web.servers[1].state = "down"`: "state cannot be written; weight can",
			`web.servers[1].waight = 1`:     `has no field "waight" to write (did you mean "weight"?)`,
			`web.name = "x"`:                "is read only",
		} {
			if got := l.lua(code); !strings.Contains(got, want) {
				t.Errorf("%s: %q, want %q", code, got, want)
			}
		}
	})
}

func TestASnapshotStaysAsItWas(t *testing.T) {
	inForce(t, objectsPolicy, func(l *live) {
		l.pass(3 * time.Second)
		l.lua(`kept = decided`)
		l.lua(`rawset(_G, "kept", decided) health["192.168.0.1:80"] = false`)
		l.pass(3 * time.Second)
		l.expect("the snapshot", l.lua(`return kept.servers[1].state`), "up")
		l.expect("the object", l.lua(`return web.servers[1].state`), "down")
	})
}

func TestAReplacedPolicyCanChangeNothing(t *testing.T) {
	inForce(t, objectsPolicy, func(l *live) {
		l.pass(time.Second)
		old := l.policy
		if err := l.engine.Load(l.Context(), load(l.T, "policy.lua", "on('start', function() end)", Options{}).Config()); err != nil {
			t.Fatal(err)
		}
		if got := l.lua(`web.servers[1].weight = 5`); !strings.Contains(got, "not in force") {
			t.Errorf("%q, want that it is not in force", got)
		}
		l.policy = old
	})
}

func TestGlobals(t *testing.T) {
	inForce(t, "top = 1\nfunction touch() _G.fresh = 1 end\nfunction read() return _G.undefnd end", func(l *live) {
		l.expect("a global of the file", l.lua(`top = top + 1 return top`), "2")
		if got := l.lua(`touch()`); !strings.Contains(got, "policy.lua:2:") || !strings.Contains(got, "fresh") {
			t.Errorf("a new global: %q", got)
		}
		l.expect("an undefined one", l.lua(`return read()`), `policy.lua:3: undefined name "undefnd"`)
		l.expect("of a module", l.lua(`return string.fromat("x")`), `test:1: string has no "fromat" (did you mean "format"?)`)
		l.expect("a method of strings", l.lua(`return ("x"):uper()`), `test:1: string has no "uper" (did you mean "upper"?)`)
	})
}

func TestOptionsBlameTheCallerWhileRunningToo(t *testing.T) {
	inForce(t, "function make()\n  local p = policy.standard { quorun = 2, on_down = 7 }\n  return p\nend", func(l *live) {
		l.expect("two mistakes", l.lua(`make()`),
			`policy.lua:2: policy.standard: field "on_down": want "remove", "zero" or "drain", got 7; unknown field "quorun" (did you mean "quorum"?)`)
	})
}
