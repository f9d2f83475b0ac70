package luaapi

import (
	"strings"
	"testing"
	"time"
)

// cured has a remedy that notes its runs, in seconds since the first, and two
// servers beside one that is always up.
const cured = `
ran, cures = {}, false
local first
on("down", remedy { LIMITS function(ev)
  first = first or os.time()
  ran[#ran + 1] = ev.server.ip:sub(-1) .. "@" .. os.time() - first
  BODY
  if cures then health[ev.server.addr] = nil end
end })
virtual_server "10.0.0.1:80" {
  check = asked, real_server "192.168.0.1:80", real_server "192.168.0.2:80", real_server "192.168.0.3:80",
}
`

const ran = `return table.concat(ran, " ")`

func curedBy(limits, body string) string {
	return strings.NewReplacer("LIMITS", limits, "BODY", body).Replace(cured)
}

func TestARemedyRunsUntilItHelpsAndThenGivesUp(t *testing.T) {
	inForce(t, curedBy(`max = 3, within = "1h", backoff = "10s",`, ""), func(l *live) {
		l.pass(3 * time.Second)
		l.lua(`health["192.168.0.1:80"] = false`)
		l.pass(10 * time.Minute)
		l.expect("ran", l.lua(ran), "1@0 1@10 1@30")
		if n := strings.Count(l.logged.String(), "remedy: given up"); n != 1 {
			t.Errorf("the log says %d times that it is given up:\n%s", n, l.logged)
		}

		// It is down all the time: no further event, no further run.
		l.pass(2 * time.Hour)
		l.expect("after two hours", l.lua(ran), "1@0 1@10 1@30")
	})
}

func TestARemedyThatHelpsRunsOnceAndStartsFromNothingWhenItHasSettled(t *testing.T) {
	inForce(t, curedBy(`max = 2, backoff = "10s", settle = "1m",`, ""), func(l *live) {
		l.pass(3 * time.Second)
		l.lua(`cures = true`)
		fail := func() {
			l.lua(`health["192.168.0.1:80"] = false`)
			l.pass(30 * time.Second)
		}
		fail()
		fail()
		l.expect("two runs", l.lua(`return #ran`), "2")
		fail()
		l.expect("within the hour there is no third one", l.lua(`return #ran`), "2")
		l.lua(`health["192.168.0.1:80"] = nil`)
		l.pass(2 * time.Minute)
		fail()
		l.expect("it was well for long enough", l.lua(`return #ran`), "3")
	})
}

func TestOldRunsOfARemedyCountNoMore(t *testing.T) {
	inForce(t, curedBy(`max = 1, within = "10m", settle = "1h",`, ""), func(l *live) {
		l.pass(3 * time.Second)
		l.lua(`cures = true; health["192.168.0.1:80"] = false`)
		l.pass(5 * time.Minute)
		l.lua(`health["192.168.0.1:80"] = false`)
		l.pass(4 * time.Minute)
		l.expect("within ten minutes", l.lua(`return #ran`), "1")
		l.lua(`health["192.168.0.1:80"] = nil`)
		l.pass(2 * time.Minute)
		l.lua(`health["192.168.0.1:80"] = false`)
		l.pass(time.Minute)
		l.expect("later", l.lua(`return #ran`), "2")
	})
}

func TestARemedyTreatsSoManyAtOnce(t *testing.T) {
	for _, c := range []struct{ limits, want string }{
		{`at_once = 1, max = 1,`, "30"}, {`at_once = 2, max = 1,`, "0"},
	} {
		inForce(t, curedBy(c.limits, `sleep("30s")`), func(l *live) {
			l.pass(3 * time.Second)
			l.lua(`health["192.168.0.1:80"] = false; health["192.168.0.2:80"] = false`)
			l.pass(5 * time.Minute)
			runs := strings.Fields(l.lua(ran))
			if len(runs) != 2 {
				t.Fatalf("%s ran %q", c.limits, runs)
			}
			_, second, _ := strings.Cut(runs[1], "@")
			l.expect(c.limits, second, c.want)
		})
	}
}

func TestAServerThatIsWellAgainNeedsNoRemedy(t *testing.T) {
	inForce(t, curedBy(`at_once = 1,`, `sleep("30s")`), func(l *live) {
		l.pass(3 * time.Second)
		l.lua(`health["192.168.0.1:80"] = false`)
		l.pass(2 * time.Second)
		l.lua(`health["192.168.0.2:80"] = false`)
		l.pass(2 * time.Second)
		l.lua(`cures = true; health["192.168.0.2:80"] = nil`)
		l.pass(5 * time.Minute)
		l.expect("only the first", l.lua(ran), "1@0")
	})
}

func TestARemedyOnlyRunsIfItIsTo(t *testing.T) {
	inForce(t, curedBy(`only_if = function(ev) return ev.server.ip == "192.168.0.2" end, max = 1,`, ""), func(l *live) {
		l.pass(3 * time.Second)
		l.lua(`health["192.168.0.1:80"] = false; health["192.168.0.2:80"] = false`)
		l.pass(5 * time.Minute)
		l.expect("ran", l.lua(ran), "2@0")
	})
}

func TestAServerThatAloneServesIsLeftAlone(t *testing.T) {
	const policy = `
ran = 0
on("down", remedy { backoff = "10s", max = 1, function(ev) ran = ran + 1 end })
virtual_server "10.0.0.1:80" {
  check = asked, real_server "192.168.0.1:80", real_server "192.168.0.2:80",
  policy = policy.standard { minimum_up = 1 },
}`
	inForce(t, policy, func(l *live) {
		l.pass(3 * time.Second)
		l.lua(`health["192.168.0.2:80"] = false`)
		l.pass(time.Minute)
		l.expect("the other one serves", l.lua(`return ran`), "1")
		l.lua(`health["192.168.0.1:80"] = false`)
		l.pass(time.Minute)
		l.expect("this one serves, though it is down", l.lua(`return ran`), "1")
		l.expect("members", l.members(shop), "192.168.0.1:80*1")
		l.lua(`health["192.168.0.2:80"] = nil`)
		l.pass(time.Minute)
		l.expect("it is let go", l.lua(`return ran`), "2")
	})
}

func TestARemedyThatBreaksIsARunAndNothingElse(t *testing.T) {
	inForce(t, curedBy(`max = 2, backoff = "10s",`, `error("no such host")`), func(l *live) {
		l.pass(3 * time.Second)
		l.lua(`health["192.168.0.1:80"] = false`)
		l.pass(5 * time.Minute)
		l.expect("ran", l.lua(ran), "1@0 1@10")
		if !strings.Contains(l.logged.String(), "no such host") {
			t.Errorf("the error is not in the log:\n%s", l.logged)
		}
	})
}

func TestARemedyOfAVirtualServerRunsOnce(t *testing.T) {
	inForce(t, `
ran = 0
on("quorum_lost", remedy { function(ev) ran = ran + 1 end })
virtual_server "10.0.0.1:80" { check = asked, real_server "192.168.0.1:80", policy = policy.standard {} }`, func(l *live) {
		l.pass(3 * time.Second)
		l.lua(`health["192.168.0.1:80"] = false`)
		l.pass(10 * time.Minute)
		l.expect("ran", l.lua(`return ran`), "1")
	})
}

func TestRunsOfARemedyCountAfterAReload(t *testing.T) {
	policy := curedBy(`max = 2, backoff = "10s", settle = "10m",`, "")
	const fail = `cures = true; health["192.168.0.1:80"] = false`
	inForce(t, policy, func(l *live) {
		l.pass(3 * time.Second)
		l.lua(fail)
		l.pass(time.Minute)
		l.expect("before", l.lua(`return #ran`), "1")
		l.load(policy)
		l.pass(time.Minute)
		l.lua(fail)
		l.pass(time.Minute)
		l.lua(fail)
		l.pass(time.Minute)
		l.expect("after", l.lua(`return #ran`), "1")
		l.load(policy)
		l.pass(15 * time.Minute)
		l.lua(fail)
		l.pass(time.Minute)
		l.expect("well for long enough, over a reload", l.lua(`return #ran`), "1")
	})
}
