package luaapi

import (
	"strings"
	"testing"
	"time"
)

// nightly is examples/nightly whose ssh notes what it was asked, and whose
// servers answer as the test has it. Its night begins after a minute.
func nightly(t *testing.T) string {
	t.Helper()
	text := readFile(t, "../examples/nightly/policy.lua")
	for _, change := range [][2]string{
		{`check.http { path = "/healthz", every = "2s", timeout = "1s" }`, "asked"},
		{`cron("0 3 * * *"`, `after("1m"`},
		{"local web =", "web ="},
	} {
		if !strings.Contains(text, change[0]) {
			t.Fatalf("the example has no %s", change[0])
		}
		text = strings.Replace(text, change[0], change[1], 1)
	}
	return `local exec = { run = function(o) restarted = restarted .. o[2] .. " of " .. #web:up() + 1 .. "; " return { ok = true } end }
restarted = ""
` + text
}

func TestTheNightlyExampleRestartsOneServerAfterTheOther(t *testing.T) {
	inForce(t, nightly(t), func(l *live) {
		l.pass(3 * time.Second)
		l.connect("192.168.0.2:80", 5)
		l.pass(2 * time.Minute)
		l.expect("the second has downloads", l.lua(`return restarted, web.servers[2].state`), "192.168.0.1 of 3;  draining")
		l.expect("which go on", l.members(shop), "192.168.0.1:80*1 192.168.0.2:80*0 192.168.0.3:80*1")
		l.pass(12 * time.Minute)
		l.expect("all are restarted", l.lua(`return restarted, #web:up()`), "192.168.0.1 of 3; 192.168.0.2 of 3; 192.168.0.3 of 3;  3")
	})
}

func TestTheNightlyExampleStopsWithAServerThatIsNotWell(t *testing.T) {
	inForce(t, nightly(t), func(l *live) {
		l.pass(3 * time.Second)
		l.connect("192.168.0.1:80", 5)
		l.pass(time.Minute)
		l.lua(`health["192.168.0.1:80"] = false`)
		l.pass(8 * time.Minute)
		l.expect("its downloads go on", l.lua(`return restarted, web.servers[1].state`), " draining")
		l.pass(4 * time.Minute)
		l.expect("one", l.lua(`return restarted, web.servers[1].state`), "192.168.0.1 of 3;  down")
		l.expect("the others", l.members(shop), "192.168.0.2:80*1 192.168.0.3:80*1")
		if !strings.Contains(l.logged.String(), "the restarts end here") {
			t.Error("nothing was logged")
		}
	})
}

func TestTheNightlyExamplePutsBackWhatAReloadLeft(t *testing.T) {
	inForce(t, nightly(t), func(l *live) {
		l.pass(3 * time.Second)
		l.connect("192.168.0.1:80", 5)
		l.pass(time.Minute)
		l.expect("on its way out", l.lua(`return web.servers[1].state`), "draining")
		l.load(nightly(t))
		l.pass(3 * time.Second)
		l.expect("all serve", l.members(shop), "192.168.0.1:80*1 192.168.0.2:80*1 192.168.0.3:80*1")
	})
}
