package luaapi

import (
	"strings"
	"testing"
	"time"

	"luavs/ipvs"
)

// The example of the thesis from which LuaVS comes, with a comma behind each
// setting, parentheses around numbers, and an = before the function.
func TestTheHealthcheckOfTheThesis(t *testing.T) {
	inForce(t, `require "keepalived"
well, calls = { ["192.168.0.1:80"] = true, ["192.168.0.2:80"] = true }, 0
virtual_server "10.0.0.1:80" {
  lb_algo "wrr",
  lb_kind "NAT",
  delay_loop (2),
  real_server "192.168.0.1:80" { weight (1) },
  real_server "192.168.0.2:80" { weight (3) },
  sorry_server "192.168.0.9:80",
  healthcheck = function(service, dests)
    calls = calls + 1
    local list = {}
    for _, dest in ipairs(dests) do
      if well[dest.addr] then list[#list + 1] = dest end
    end
    return list
  end,
}`, func(l *live) {
		l.pass(time.Second)
		l.expect("at first", l.members(shop), "192.168.0.1:80*1 192.168.0.2:80*3")
		l.lua(`well["192.168.0.1:80"] = nil`)
		l.pass(3 * time.Second)
		l.expect("one is well", l.members(shop), "192.168.0.2:80*3")
		l.lua(`well = {}`)
		l.pass(3 * time.Second)
		l.expect("none is well", l.members(shop), "192.168.0.9:80*1")
		l.lua(`well["192.168.0.1:80"] = true`)
		l.pass(3 * time.Second)
		l.expect("back", l.members(shop), "192.168.0.1:80*1")
		l.expect("it is called at each delay_loop", l.lua(`return calls >= 5 and calls <= 8`), "true")
	})
}

func TestAHealthcheckThatReturnsNothingActsByItself(t *testing.T) {
	inForce(t, `require "keepalived"
virtual_server "10.0.0.1:80" {
  delay_loop = 2, lb_algo = "wrr", lb_kind = "NAT",
  real_server "192.168.0.1:80" { weight = 1 },
  healthcheck = function(service, dests)
    dests[1].weight = 7
    log.info("looked", { service = service.addr })
  end,
}`, func(l *live) {
		l.pass(3 * time.Second)
		l.expect("members", l.members(shop), "192.168.0.1:80*7")
		if !strings.Contains(l.logged.String(), "service=10.0.0.1:80") {
			t.Errorf("the service is not in the log:\n%s", l.logged)
		}
	})
}

// inWords has checks that answer as the test tells them.
func inWords(t *testing.T, src string, f func(l *live)) {
	t.Helper()
	inForce(t, `require "keepalived" check.tcp = function() return asked end
heard = {}
function hear(what) return function(ev) heard[#heard + 1] = what .. (ev.server and " " .. ev.server.ip or "") end end
`+src, f)
}

const heard = `local all = table.concat(heard, ", ") heard = {} return all`

func TestNotificationsOfKeepalived(t *testing.T) {
	inWords(t, `
virtual_server "10.0.0.1 80" {
  quorum (2), quorum_up = hear "quorum_up", quorum_down = hear "quorum_down", inhibit_on_failure,
  real_server "192.168.0.1 80" { TCP_CHECK {}, notify_up = hear "up", notify_down = hear "down" },
  real_server "192.168.0.2 80" { TCP_CHECK {}, inhibit_on_failure = false },
  real_server "192.168.0.3 80" {},
}`, func(l *live) {
		l.pass(3 * time.Second)
		l.lua(heard)
		l.lua(`health["192.168.0.1:80"] = false`)
		l.pass(3 * time.Second)
		l.expect("down", l.lua(heard), "down 192.168.0.1")
		l.expect("it stays, with weight 0", l.members(shop), "192.168.0.1:80*0 192.168.0.2:80*1 192.168.0.3:80*1")
		l.lua(`health["192.168.0.2:80"] = false`)
		l.pass(3 * time.Second)
		l.expect("the quorum is lost", l.lua(heard), "quorum_down")
		l.expect("the other one leaves", l.members(shop), "192.168.0.1:80*0 192.168.0.3:80*1")
		l.lua(`health["192.168.0.1:80"] = true`)
		l.pass(3 * time.Second)
		all := strings.Split(l.lua(heard), ", ")
		if len(all) != 2 || !strings.Contains(strings.Join(all, ","), "quorum_up") {
			t.Errorf("heard %q", all)
		}
	})
}

func TestTheSorryServerOfKeepalived(t *testing.T) {
	inWords(t, `
virtual_server "10.0.0.1 80" {
  sorry_server "192.168.0.9 80", sorry_server_inhibit, sorry_server_lvs_method "TUN", lb_kind "DR",
  real_server "192.168.0.1 80" { TCP_CHECK {} },
}`, func(l *live) {
		l.pass(3 * time.Second)
		l.expect("it waits", l.members(shop), "192.168.0.1:80*1 192.168.0.9:80*0")
		l.lua(`health["192.168.0.1:80"] = false`)
		l.pass(3 * time.Second)
		l.expect("it serves", l.members(shop), "192.168.0.9:80*1")
	})
}

// TestEachWordOfKeepalivedIsInItsPageAndItsStubs asks the library for its words.
func TestEachWordOfKeepalivedIsInItsPageAndItsStubs(t *testing.T) {
	page, stubs := readFile(t, "../docs/keepalived.md"), readFile(t, "stubs/keepalived.d.lua")
	var words []string
	o := Options{Kernel: ipvs.NewMemory(), Log: quiet, Print: func(line string) { words = append(words, line) }}
	err := Exec(t.Context(), "words.lua", []byte(`
local words = require "keepalived.words"
local function list(block)
  for word, reads in pairs(block) do
    if type(word) == "string" then print(word, type(reads) == "string" and "refused" or "") end
  end
  for alias in pairs(block[1] or {}) do print(alias) end
end
list(words.virtual_server) list(words.real_server) list(words.url) list(words.elsewhere)
for name, block in pairs(words.checkers) do print(name) list(block) end`), o)
	if err != nil {
		t.Fatal(err)
	}
	if len(words) < 80 {
		t.Errorf("only %d words", len(words))
	}
	for _, line := range words {
		word, refused, _ := strings.Cut(line, "\t")
		if !strings.Contains(stubs, "\nfunction "+word+"(") && refused == "" && word != "type" {
			t.Errorf("%s is not in stubs/keepalived.d.lua", word)
		}
		if !strings.Contains(page, "`"+word+"`") {
			t.Errorf("%s is not in docs/keepalived.md", word)
		}
	}
}

func TestOmegaTellsOfTheEnd(t *testing.T) {
	inWords(t, `
virtual_server "10.0.0.1 80" {
  omega, quorum_down = hear "quorum_down",
  real_server "192.168.0.1 80" { TCP_CHECK {}, notify_down = hear "down" },
  real_server "192.168.0.2 80" { TCP_CHECK {}, notify_down = hear "down" },
}`, func(l *live) {
		l.pass(3 * time.Second)
		l.lua(`health["192.168.0.1:80"] = false`)
		l.pass(3 * time.Second)
		l.lua(heard)
		l.policy.Stop(l.Context())
		l.expect("the end", l.lua(heard), "down 192.168.0.2, quorum_down")
	})
}
