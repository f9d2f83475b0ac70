package luaapi

import (
	"strings"
	"testing"
	"time"
)

func TestLimitsAreThoseOfThePolicy(t *testing.T) {
	inForce(t, `
limits { budget = "20ms", memory = "32MB", tasks = 50, timers = 3, sockets = 2, processes = 1 }
every("1h", function() end)
said = {}
local function say(...) said[#said + 1] = table.concat({ ... }, " ") end
on("start", function()
  local one, two = every("1h", function() end), after("1s", function() end)
  say("timers", select(2, pcall(every, "1h", function() end)))
  one:cancel()
  every("1h", function() end)
  sleep("2s") -- after has run
  every("1h", function() end)
  say("again", select(2, pcall(cron, "@hourly", function() end)))
  local tasks = {}
  for i = 1, 49 do tasks[i] = spawn(sleep, "1h") end
  say("tasks", select(2, pcall(spawn, sleep, "1h")))
  for _, t in ipairs(tasks) do t:cancel() wait(t) end
  say("budget", select(2, wait(spawn(function() while true do end end))))
  say("processes")
end)`, func(l *live) {
		l.pass(time.Minute)
		l.expect("said", l.lua(`return table.concat(said, "\n")`), strings.Join([]string{
			"timers every: this policy has 3 timers, which is the limit (limits { timers = ... } sets another)",
			"again cron: this policy has 3 timers, which is the limit (limits { timers = ... } sets another)",
			"tasks spawn: too many Lua tasks at once: 50 are alive, which is the limit",
			"budget policy.lua:18: ran longer than its budget of 20ms without waiting (an endless loop?)",
			"processes",
		}, "\n"))
	})
}

func TestProgramsAndRequestsAreLimited(t *testing.T) {
	b := newBench(t)
	b.rt.limits.processes.most, b.rt.limits.sockets.most = 0, 0
	for src, want := range map[string]string{
		`print(dns.lookup("localhost"))`:      "nil\tthis policy has 0 connections and requests, which is the limit (limits { sockets = ... } sets another)\tlocal",
		`print(icmp.ping("127.0.0.1"))`:       "nil\tthis policy has 0 connections and requests, which is the limit (limits { sockets = ... } sets another)\tlocal",
		`print(tls.inspect("127.0.0.1:1"))`:   "nil\tthis policy has 0 connections and requests, which is the limit (limits { sockets = ... } sets another)\tlocal",
		`print(exec.run { "true" })`:          "nil\tthis policy has 0 programs, which is the limit (limits { processes = ... } sets another)\tlocal",
		`print(http.get("http://127.0.0.1"))`: "nil\tthis policy has 0 connections and requests, which is the limit (limits { sockets = ... } sets another)\tlocal",
	} {
		if got := b.must(t, src); got != want {
			t.Errorf("%s: printed %q, want %q", src, got, want)
		}
	}
}

func TestAPolicyThatLogsTooMuchLosesLines(t *testing.T) {
	inForce(t, `
on("start", function() for i = 1, 5000 do print("line " .. i) if i % 50 == 0 then sleep(0) end end sleep("10s") print(("long"):rep(1e5)) end)`, func(l *live) {
		l.pass(time.Minute)
		log := l.logged.String()
		if n := strings.Count(log, "line "); n != logBurst {
			t.Errorf("%d lines are in the log, want %d", n, logBurst)
		}
		for _, want := range []string{"were dropped: it logs too much", "lines=4000"} {
			if !strings.Contains(log, want) {
				t.Errorf("%q is not in the log", want)
			}
		}
		if n := strings.Count(log, "long"); n > maxMessage {
			t.Errorf("a line has %d words", n)
		}
	})
}
