package luaapi

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"luavs/engine"
)

func TestEventsReachTheirHandlers(t *testing.T) {
	inForce(t, `
heard = {}
local function hear(name)
  return function(ev)
    heard[#heard + 1] = table.concat({ name, ev.kind, ev.server and ev.server.addr or "-",
      ev.old or "-", ev.new or "-", ev.cause or "-", ev.reason or "-" }, " ")
  end
end
for _, kind in ipairs { "start", "reload", "up", "down" } do on(kind, hear("all")) end
virtual_server "10.0.0.1:80" { check = asked, real_server "192.168.0.1:80", on = { down = hear("web") } }
virtual_server "10.0.0.2:80" { check = asked, real_server "192.168.0.2:80" }
on("change", function(ev) heard[#heard + 1] = ev.service.addr .. " " .. table.concat(ev.changes, ", ") end)
`, func(l *live) {
		l.pass(3 * time.Second)
		const heard = `table.sort(heard); return table.concat(heard, "\n")`
		l.lua(`heard = {}; health["192.168.0.1:80"] = false`)
		l.pass(3 * time.Second)
		l.expect("down", l.lua(heard), strings.Join([]string{
			`10.0.0.1:80 - tcp 10.0.0.1:80 -> 192.168.0.1:80`,
			`all down 192.168.0.1:80 up down verdict told so`,
			`web down 192.168.0.1:80 up down verdict told so`,
		}, "\n"))
		l.lua(`heard = {}; health["192.168.0.1:80"] = true; health["192.168.0.2:80"] = false`)
		l.pass(3 * time.Second)
		got := l.lua(heard)
		for _, want := range []string{"all up 192.168.0.1:80 down up", "all down 192.168.0.2:80 up down"} {
			if !strings.Contains(got, want) {
				t.Errorf("heard %q, want %q in it", got, want)
			}
		}
		if strings.Contains(got, "web") {
			t.Errorf("heard %q: the handler of another virtual server was asked", got)
		}
	})
}

func TestStartAndReload(t *testing.T) {
	const src = `heard = {}
on("start", function(ev) heard[#heard + 1] = ev.kind .. " " .. tostring(ev.server) .. " " .. tostring(ev) end)
on("reload", function(ev) heard[#heard + 1] = ev.kind end)`
	inForce(t, src, func(l *live) {
		l.pass(time.Second)
		l.expect("start", l.lua(`return table.concat(heard, ",")`), "start nil start of the policy")
		l.load(src)
		l.pass(time.Second)
		l.expect("reload", l.lua(`return table.concat(heard, ",")`), "reload")
	})
}

func TestTheHandlersOfOneServerRunInOrderAndThoseOfOthersBeside(t *testing.T) {
	inForce(t, `
order = {}
local function slow(ev)
  order[#order + 1] = ev.server.ip .. " " .. ev.kind .. " begins"
  sleep("5s")
  order[#order + 1] = ev.server.ip .. " " .. ev.kind .. " ends"
end
on("down", slow)
on("up", slow)
virtual_server "10.0.0.1:80" { check = asked, real_server "192.168.0.1:80", real_server "192.168.0.2:80" }`, func(l *live) {
		l.pass(20 * time.Second)
		l.lua(`order = {}; health["192.168.0.1:80"] = false`)
		l.pass(1500 * time.Millisecond)
		l.lua(`health["192.168.0.1:80"] = true; health["192.168.0.2:80"] = false`)
		l.pass(20 * time.Second)
		l.expect("the first server", l.lua(`local own = {}
			for _, line in ipairs(order) do if string.sub(line, 1, 11) == "192.168.0.1" then own[#own + 1] = string.sub(line, 13) end end
			return table.concat(own, ", ")`), "down begins, down ends, up begins, up ends")
		l.expect("the second does not wait", l.lua(`return order[2]`), "192.168.0.2 down begins")
	})
}

func TestAnErrorInAHandlerIsLoggedAndTheNextOneRuns(t *testing.T) {
	inForce(t, `
ran = 0
on("start", function() local x = nil; return x.y end)
on("start", function() ran = ran + 1 end)`, func(l *live) {
		l.pass(time.Second)
		l.expect("the next", l.lua(`return ran`), "1")
		for _, want := range []string{"policy.lua:3", `on(\"start\") at policy.lua:3`, "traceback"} {
			if !strings.Contains(l.logged.String(), want) {
				t.Errorf("%q is not in the log:\n%s", want, l.logged)
			}
		}
	})
}

func TestEventsThatWaitAreBounded(t *testing.T) {
	inForce(t, `
count = 0
on("change", function() sleep("1m") count = count + 1 end)
virtual_server "10.0.0.1:80" { real_server "192.168.0.1:80" }`, func(l *live) {
		l.pass(time.Second)
		service, err := l.policy.rt.handle.View(l.policy.Config().Services[0].Spec.ServiceKey)
		if err != nil {
			t.Fatal(err)
		}
		for range maxWaiting + 10 {
			l.policy.events.Observe(engine.Event{Kind: engine.EventChange, Service: service})
		}
		l.pass((maxWaiting + 20) * time.Minute)
		if n := strings.Count(l.logged.String(), "an event is lost"); n == 0 {
			t.Errorf("nothing about lost events in the log")
		}
		l.expect("handled", l.lua(`return count`), fmt.Sprint(maxWaiting+1))
	})
}

func TestAHandlerCanBeCancelled(t *testing.T) {
	inForce(t, `
heard = 0
local h
h = on("down", function() heard = heard + 1 if heard == 2 then h:cancel() end end)
title = tostring(h)
virtual_server "10.0.0.1:80" { check = asked, real_server "192.168.0.1:80" }`, func(l *live) {
		for range 4 {
			l.pass(3 * time.Second)
			l.lua(`health["192.168.0.1:80"] = false`)
			l.pass(3 * time.Second)
			l.lua(`health["192.168.0.1:80"] = true`)
		}
		l.expect("heard", l.lua(`return heard`), "2")
		l.expect("as text", l.lua(`return title`), `on("down") at policy.lua:4`)
	})
}

func TestAnEventHasTheAnswerThatTurnedTheServer(t *testing.T) {
	inForce(t, `
on("down", function(ev)
  local r = ev.result
  told = { r.outcome, r.cause, r.reason, r.took >= 0, r.advice, tostring(r) }
end)
on("start", function(ev) none = tostring(ev.result) end)
told, none = {}, 1
virtual_server "10.0.0.1:80" { check = asked, real_server "192.168.0.1:80" }`, func(l *live) {
		l.pass(3 * time.Second)
		l.lua(`health["192.168.0.1:80"] = false`)
		l.pass(3 * time.Second)
		l.expect("of down", l.lua(`told[4] = tostring(told[4]) return table.concat(told, ",")`), "fail,verdict,told so,true,,result")
		l.expect("of start", l.lua(`return none`), "nil")
	})
}

// TestEventsKeepTheirOrderUnderLoad has a hundred servers go up and down while
// their handlers take different times.
func TestEventsKeepTheirOrderUnderLoad(t *testing.T) {
	inForce(t, `
heard, wrong = 0, 0
local last = {}
local function hear(ev)
  if last[ev.server.ip] == ev.new or ev.new == ev.old then wrong = wrong + 1 end
  last[ev.server.ip] = ev.new
  sleep(math.random() * 2)
  if last[ev.server.ip] ~= ev.new then wrong = wrong + 1 end
  heard = heard + 1
end
on("up", hear)
on("down", hear)
local farm = { check = check.lua { every = "1s", rise = 1, fall = 1, function() return math.random() < 0.5 end } }
for i = 1, 100 do farm[i] = real_server("192.168.0." .. i .. ":80") end
virtual_server "10.0.0.1:80" (farm)`, func(l *live) {
		l.pass(2 * time.Minute)
		l.expect("out of order", l.lua(`return wrong`), "0")
		l.expect("many were heard", l.lua(`return heard > 2000`), "true")
	})
}

func TestAHandlerThatFailsEachTimeIsLoggedOnce(t *testing.T) {
	inForce(t, `
n = 0
every("1s", function() n = n + 1 if n < 10 or n > 20 then error("as ever") end end)
every("1s", function() spawn(function() if n < 10 then error("beside") end end) end)`, func(l *live) {
		l.pass(30 * time.Second)
		log := l.logged.String()
		for text, want := range map[string]int{"as ever": 2, "policy.lua:4: beside": 1, "works again": 2} {
			if n := strings.Count(log, text); n != want {
				t.Errorf("%q is %d times in the log, want %d:\n%s", text, n, want, log)
			}
		}
	})
}

func TestStopIsTold(t *testing.T) {
	inForce(t, `
on("stop", function(ev) sleep("200ms") print("goodbye from " .. ev.kind) end)
on("stop", function() sleep("1h") print("never") end)`, func(l *live) {
		ctx, cancel := context.WithTimeout(l.Context(), time.Second)
		defer cancel()
		l.policy.Stop(ctx)
		if log := l.logged.String(); !strings.Contains(log, "goodbye from stop") || strings.Contains(log, "never") || strings.Contains(log, "ERROR") {
			t.Errorf("logged:\n%s", log)
		}
	})
}

func TestADriftTellsWhatOthersChanged(t *testing.T) {
	inForce(t, `
told = {}
on("drift", function(ev)
  for _, d in ipairs(ev.drift) do
    told[#told + 1] = table.concat({ d.server, d.old, d.new, d.old_weight, d.new_weight, d.text }, "|")
  end
end)
on("start", function(ev) none = #ev.drift end)
none = 1
virtual_server "10.0.0.1:80" { scheduler = "rr", real_server "192.168.0.1:80" { weight = 3 }, real_server "192.168.0.2:80" }`, func(l *live) {
		l.pass(time.Second)
		l.lua(`local web = ipvs.find { addr = "10.0.0.1:80" }
web.scheduler = "sh"
for _, d in ipairs(web.dests) do if d.addr == "192.168.0.1" then d.weight = 9 else web:del_dest(d) end end`)
		l.pass(6 * time.Second)
		l.expect("told", l.lua(`return table.concat(told, "\n")`), strings.Join([]string{
			"|rr|sh|0|0|the service has sh, it had rr",
			"192.168.0.1:80|nat weight 3|nat weight 9|3|9|192.168.0.1:80 has nat weight 9, it had nat weight 3",
			"192.168.0.2:80|nat weight 1||1|0|192.168.0.2:80 was deleted, it had nat weight 1",
		}, "\n"))
		l.expect("of start", l.lua(`return none`), "0")
	})
}
