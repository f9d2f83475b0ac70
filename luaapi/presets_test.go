package luaapi

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// TestPoliciesOfTheLibrary has servers and members in the notation of
// TestStandardPolicy.
func TestPoliciesOfTheLibrary(t *testing.T) {
	const (
		blueGreen = `policy.blue_green { blue = { "192.168.0.97:80", "192.168.0.98:80" }, green = { "192.168.0.99:80", "192.168.0.100:80", "192.168.0.101:80" }, `
		canary    = `policy.canary { share = "10%", tag = "e" }`
	)
	for _, c := range []struct{ name, policy, servers, members, want string }{
		{"keepalived: who is up", `policy.keepalived {}`, "a1 b1-", "a1 b1", "a1"},
		{"keepalived: inhibit_on_failure", `policy.keepalived { inhibit_on_failure = true }`, "a1 b1-", "a1 b1", "a1 b0"},
		{"keepalived: quorum 5, hysteresis 2, lost at 2", `policy.keepalived { sorry_server = "192.168.0.115:80", quorum = 5, hysteresis = 2 }`, "a2 b5-", "a2 b5", "s1"},
		{"keepalived: gained at 7", `policy.keepalived { sorry_server = "192.168.0.115:80", quorum = 5, hysteresis = 2 }`, "a7 b5-", "s1", "a7"},
		{"keepalived: the sorry server waits at zero", `policy.keepalived { sorry_server = "192.168.0.115:80", sorry_server_inhibit = true }`, "a1", "a1", "a1 s0"},
		{"keepalived: and serves", `policy.keepalived { sorry_server = { "192.168.0.115:80", weight = 3 }, sorry_server_inhibit = true }`, "a1-", "a1", "s3"},
		{"keepalived: and with others at zero", `policy.keepalived { sorry_server = "192.168.0.115:80", sorry_server_inhibit = true, inhibit_on_failure = true }`, "a1-", "a1 s0", "a0 s1"},

		{"ldirectord: who is up", `policy.ldirectord { fallback = "192.168.0.115:80" }`, "a1 b1-", "a1 b1", "a1"},
		{"ldirectord: the fallback", `policy.ldirectord { fallback = "192.168.0.115:80" }`, "a1- b1-", "a1", "s1"},
		{"ldirectord: quiescent", `policy.ldirectord { quiescent = true }`, "a1 b1-", "a1 b1", "a1 b0"},
		{"ldirectord: the fallback beside quiescent servers", `policy.ldirectord { quiescent = true, fallback = "192.168.0.115:80" }`, "a1- b1-", "a1", "a0 b0 s1"},
		{"ldirectord: the fallback is a real server", `policy.ldirectord { quiescent = true, fallback = "192.168.0.97:80" }`, "a1- b1-", "a1", "a1 b0"},
		{"ldirectord: up with weight 0 is up", `policy.ldirectord { fallback = "192.168.0.115:80" }`, "a0 b1-", "a0", "a0"},

		{"weighted", `policy.weighted(function(rs) return rs.weight * 2.5 end)`, "a1 b2 c3-", "a1", "a3 b5"},
		{"weighted: a small weight is not nothing", `policy.weighted(function(rs) return 0.1 end)`, "a1", "a1", "a1"},
		{"weighted: nothing is", `policy.weighted(function(rs) return 0 end)`, "a1", "a1", "a0"},
		{"weighted: nil leaves it", `policy.weighted(function(rs) if rs.weight > 1 then return 7 end end)`, "a1 b2", "a1", "a1 b7"},
		{"weighted over another policy", `policy.weighted { function(rs) return 9 end, over = policy.standard { sorry_server = "192.168.0.115:80", on_down = "zero" } }`, "a1 b1-", "a1", "a9 b0"},
		{"weighted: not the sorry server", `policy.weighted { function(rs) return 9 end, over = policy.standard { sorry_server = "192.168.0.115:80" } }`, "a1- b1-", "a1", "s1"},
		{"weighted over a function", `policy.weighted { function(rs) return 9 end, over = function(vs) return { vs.servers[2] } end }`, "a1 b1-", "a1", "b9"},

		{"canary: an equal share is equal weights", canary, "a1 b1 c1 d1 e1", "", "a9 b9 c9 d9 e4"},
		{"canary: weights keep their proportions", `policy.canary { share = "50%", tag = "e" }`, "a1 b3 e1", "", "a1 b3 e4"},
		{"canary: as small as can be", `policy.canary { share = "20%", tag = "e" }`, "a100 b100 c100 d100 e100", "", "a1 b1 c1 d1 e1"},
		{"canary: none is up", canary, "a1 b2 e1-", "", "a1 b2"},
		{"canary: nobody else is up", canary, "a1- b2- e1", "", "e1"},
		{"canary: big weights", canary, "a65521 b2000000011 e1", "", "a2 b65535 e7282"},
		{"canary: a small share is not nothing", `policy.canary { share = "0.01%", tag = "e" }`, "a1 b1 e1", "", "a9999 b9999 e2"},
		{"canary over another policy", `policy.canary { share = "50%", tag = "e", over = policy.standard { on_down = "zero" } }`, "a1 b1- e2", "", "a1 b0 e1"},

		{"blue serves", blueGreen + `active = "blue" }`, "a1 b1 c1 d1 e1", "", "a1 b1"},
		{"who is up of blue", blueGreen + `active = "blue" }`, "a1 b1- c1 d1 e1", "a1 b1", "a1"},
		{"the switch", blueGreen + `active = "green" }`, "a1 b1 c1 d1 e1", "a1 b1", "c1 d1 e1"},
		{"the switch waits", blueGreen + `active = "green", minimum_up = 2 }`, "a1 b1 c1 d1- e1-", "a1 b1", "a1 b1"},
		{"it waits no longer", blueGreen + `active = "green", minimum_up = 2 }`, "a1 b1 c1 d1 e1-", "a1 b1", "c1 d1"},
		{"who waits is gone", blueGreen + `active = "green", minimum_up = 2 }`, "a1- b1- c1 d1- e1-", "a1 b1", "c1"},
		{"after the switch there is no way back", blueGreen + `active = "green" }`, "a1 b1 c1- d1- e1-", "c1 d1 e1", ""},
		{"unless it is wanted", blueGreen + `active = "green", fall_back = true }`, "a1 b1 c1- d1- e1-", "c1 d1 e1", "a1 b1"},
		{"back again", blueGreen + `active = "green", fall_back = true }`, "a1 b1 c1 d1- e1-", "a1 b1", "c1"},
		{"too few of both: the active one", blueGreen + `active = "blue", fall_back = true, minimum_up = 2 }`, "a1 b1- c1 d1- e1-", "a1 b1", "a1"},
		{"none of the active one: who is left", blueGreen + `active = "blue", fall_back = true, minimum_up = 2 }`, "a1- b1- c1 d1- e1-", "a1 b1", "c1"},
		{"nobody: the sorry server", blueGreen + `active = "blue", sorry_server = "192.168.0.115:80" }`, "a1- b1- c1 d1 e1", "a1 b1", "s1"},
		{"who does not serve waits at zero", blueGreen + `active = "green", on_down = "zero" }`, "a1 b1 c1 d1 e1-", "a1 b1", "a0 b0 c1 d1 e0"},
		{"a function says which", blueGreen + `active = function(vs) return #vs.servers == 5 and "green" or "blue" end }`, "a1 b1 c1 d1 e1", "", "c1 d1 e1"},
	} {
		t.Run(c.name, func(t *testing.T) {
			tagged := strings.Replace(letters, `101:80" { weight = 100`, `101:80" { weight = 100, tags = { e = true }`, 1)
			p := load(t, "policy.lua", fmt.Sprintf(`virtual_server "10.0.0.1:80" { policy = %s, %s }`, c.policy, tagged), Options{})
			service := p.Config().Services[0]
			v := snapshot(t, service.Spec, c.servers, c.members)
			for _, sv := range v.Servers {
				sv.Service, sv.Configured = service.Spec.ServiceKey, sv.Destination.Weight
			}
			got, err := service.Decider.Decide(t.Context(), v)
			if err != nil {
				t.Fatalf("unexpected error: %v", err)
			}
			if text := memberText(got.Members); text != c.want {
				t.Errorf("members %q, want %q", text, c.want)
			}
		})
	}
}

func TestKeepalivedsQuorumScripts(t *testing.T) {
	inForce(t, `
heard = {}
virtual_server "10.0.0.1:80" {
  check = asked, real_server "192.168.0.1:80",
  policy = policy.keepalived {
    quorum_up   = function(ev) heard[#heard + 1] = "up" end,
    quorum_down = function(ev) heard[#heard + 1] = "down" end,
  },
}`, func(l *live) {
		l.pass(3 * time.Second)
		l.lua(`health["192.168.0.1:80"] = false`)
		l.pass(3 * time.Second)
		l.lua(`health["192.168.0.1:80"] = true`)
		l.pass(3 * time.Second)
		l.expect("heard", l.lua(`return table.concat(heard, " ")`), "down up")
	})
}

// TestTheSwitchOfBlueAndGreenIsNeverEmpty looks at the changes that switches
// make, both ways, by a function that is asked anew.
func TestTheSwitchOfBlueAndGreenIsNeverEmpty(t *testing.T) {
	inForce(t, `
colour, signs = "blue", ""
local web = virtual_server "10.0.0.1:80" {
  check = asked, real_server "192.168.0.1:80", real_server "192.168.0.2:80",
  policy = policy.blue_green { blue = { "192.168.0.1:80" }, green = { "192.168.0.2:80" }, active = function() return colour end },
  on = { change = function(ev) for _, line in ipairs(ev.changes) do signs = signs .. line:sub(1, 1) end end },
}
function switch(to) colour, signs = to, "" web:decide() end
`, func(l *live) {
		l.pass(3 * time.Second)
		for _, c := range []struct{ to, want string }{
			{"green", "192.168.0.2:80*1"}, {"blue", "192.168.0.1:80*1"},
		} {
			l.lua(`switch("` + c.to + `")`)
			l.pass(time.Second)
			l.expect(c.to, l.members(shop), c.want)
			l.expect("first the new one joins, then the old one leaves", l.lua(`return signs`), "+-")
		}
	})
}
