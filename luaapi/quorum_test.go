package luaapi

import (
	"strings"
	"testing"
	"time"
)

// quorate has a policy function that says whether two servers are up.
const quorate = `
heard = {}
local function hear(ev) heard[#heard + 1] = ev.kind .. " " .. ev.service.addr .. " " .. ev.service.quorum end
on("quorum_lost", hear)
on("quorum_gained", hear)
local function decide(vs)
  return vs:up(), { quorum = #vs:up() < 2 and "lost" or "gained" }
end
local web = virtual_server "10.0.0.1:80" { check = asked, real_server "192.168.0.1:80", real_server "192.168.0.2:80", policy = decide }
function quorum() return web.quorum end
`

func TestAPolicySaysThatItsQuorumIsLostAndGained(t *testing.T) {
	inForce(t, quorate, func(l *live) {
		const heard = `return table.concat(heard, ", ")`
		l.pass(3 * time.Second)
		l.expect("at first", l.lua(`return quorum()`), "gained")
		l.expect("to have it from the first is no event", l.lua(heard), "")
		l.lua(`health["192.168.0.1:80"] = false`)
		l.pass(3 * time.Second)
		l.expect("lost", l.lua(heard), "quorum_lost 10.0.0.1:80 lost")
		l.load(quorate + `health["192.168.0.1:80"] = false`)
		l.pass(time.Second)
		l.expect("after a reload", l.lua(`return quorum()`), "lost")
		l.lua(`health["192.168.0.1:80"] = true`)
		l.pass(3 * time.Second)
		l.expect("gained", l.lua(heard), "quorum_gained 10.0.0.1:80 gained")
	})
}

func TestASecondAnswerThatCannotBeUsed(t *testing.T) {
	for _, c := range []struct{ answer, problem string }{
		{`"lost"`, `returned "lost" as its second value; want nothing, or a table such as { quorum = "lost" }`},
		{`{ quorum = "gone" }`, `field "quorum": want "lost" or "gained", got "gone"`},
		{`{ qourum = "lost" }`, `unknown field "qourum" (did you mean "quorum"?)`},
	} {
		inForce(t, `
local web = virtual_server "10.0.0.1:80" { real_server "192.168.0.1:80", policy = function(vs) return vs:up(), `+c.answer+` end }
function problem() return web.problem end`, func(l *live) {
			l.pass(3 * time.Second)
			if got := l.lua(`return problem()`); !strings.Contains(got, c.problem) {
				t.Errorf("problem %q, want %q", got, c.problem)
			}
		})
	}
}

// swayed has a policy table that knows something the engine does not.
const swayed = `
closed, heard = false, {}
local web = virtual_server "10.0.0.1:80" {
  real_server "192.168.0.1:80",
  policy = {
    decide = function(vs)
      if closed then return {}, { quorum = "lost" } end
      return vs:up(), { quorum = "gained" }
    end,
    on = { quorum_lost = function(ev) heard[#heard + 1] = ev.kind end },
    EVERY
  },
}
function again() web:decide() end
`

func TestAPolicyDecidesAnewAtItsPauses(t *testing.T) {
	inForce(t, strings.Replace(swayed, "EVERY", `every = "5s"`, 1), func(l *live) {
		l.pass(time.Second)
		l.lua(`closed = true`)
		l.pass(6 * time.Second)
		l.expect("members", l.members(shop), "")
		l.expect("its own handler", l.lua(`return table.concat(heard, ",")`), "quorum_lost")
	})
}

func TestAPolicyDecidesAnewWhenItIsTold(t *testing.T) {
	inForce(t, strings.Replace(swayed, "EVERY", "", 1), func(l *live) {
		l.pass(time.Second)
		l.lua(`closed = true`)
		l.pass(4 * time.Second)
		l.expect("nothing has changed", l.members(shop), "192.168.0.1:80*1")
		l.lua(`again()`)
		l.pass(time.Millisecond)
		l.expect("told", l.members(shop), "")
	})
}
