package luaapi

import (
	"strings"
	"testing"
	"time"
)

func TestWait(t *testing.T) {
	for _, c := range []struct{ name, src, want string }{
		{"what the function returned", `wait(spawn(function(a, b) sleep("1s") return a + b, "x" end, 1, 2))`, "true 3 x at 1"},
		{"nothing returned", `wait(spawn(function() end))`, "true at 0"},
		{"one that has ended", `(function() local t = spawn(function() return 7 end) sleep("5s") return wait(t, "1s") end)()`, "true 7 at 5"},
		{"an error", `wait(spawn(function() error("oops") end))`, "false policy.lua:3: oops at 0"},
		{"an error value", `wait(spawn(function() error({ message = "no" }) end))`, "false policy.lua:3: no at 0"},
		{"too long", `wait(spawn(function() sleep("1h") end), "5s")`, "false spawn at policy.lua:3 has not ended in time at 5"},
		{"cancelled by itself", `(function() local t t = spawn(function() t:cancel() sleep("1s") end) return wait(t) end)()`, "false spawn at policy.lua:3 was cancelled at 0"},
		{"cancelled by its maker", `(function() local t = spawn(function() while true do pcall(sleep, "1s") end end) sleep("3s") t:cancel() return wait(t) end)()`, "false spawn at policy.lua:3 was cancelled at 3"},
		{"done", `(function() local t = spawn(sleep, "1s") local before = t.done wait(t) return before, t.done, tostring(t) end)()`, "false true spawn at policy.lua:3 at 1"},
		{"no task", `pcall(wait, 5)`, "false wait: argument 1: want a task, got 5 at 0"},
		{"no duration", `pcall(wait, spawn(function() end), "soon")`, `false wait: want a duration`},
	} {
		t.Run(c.name, func(t *testing.T) {
			inForce(t, `
said = "" on("start", function() local began = os.time() local function say(...) local t = {} for i = 1, select("#", ...) do t[i] = tostring((select(i, ...))) end said = table.concat(t, " ") .. " at " .. os.time() - began end
say(`+c.src+`) end)`, func(l *live) {
				l.pass(time.Minute)
				if got := l.lua(`return said`); got != c.want && !strings.HasPrefix(got, c.want) {
					t.Errorf("got %q, want %q", got, c.want)
				}
				if log := l.logged.String(); strings.Contains(log, "level=ERROR") {
					t.Errorf("logged:\n%s", log)
				}
			})
		})
	}
}

func TestSpawnIsRefusedWhereItIsCalled(t *testing.T) {
	inForce(t, `
n, said = 0, ""
on("start", function()
  local ok, err = pcall(function() while true do spawn(sleep, "1m") n = n + 1 if n % 50 == 0 then sleep(0.001) end end end)
  said = err
end)`, func(l *live) {
		l.pass(10 * time.Second)
		l.expect("how many", l.lua(`return n`), "19999")
		l.expect("the error", l.lua(`return said`), "policy.lua:4: spawn: too many Lua tasks at once: 20000 are alive, which is the limit")
	})
}
