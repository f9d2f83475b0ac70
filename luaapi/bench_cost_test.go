package luaapi

import (
	"context"
	"fmt"
	goruntime "runtime"
	"strings"
	"sync"
	"testing"

	lua "github.com/yuin/gopher-lua"

	"luavs/checks"
	"luavs/luaapi/vm"
)

// allModules is a policy that names each module, so that each is made.
const allModules = `on("start", function()
	return { bytes, data, dns, env, exec, file, hash, http, icmp, ipvs, json, log, metrics, re, tcp, time, tls, udp, url, base64,
		coroutine, math, os, string, table, check, policy }
end)`

// thousandLines is a policy of a thousand lines, as people write them.
func thousandLines() string {
	var b strings.Builder
	for i := range 50 {
		fmt.Fprintf(&b, `-- shop %[1]d
local function ready%[1]d(rs)
  local res, err = http.get("http://" .. rs.addr .. "/status", { timeout = "500ms" })
  if not res then
    return false, err
  end
  return res.status == 200, "status " .. res.status
end

virtual_server "10.0.%[1]d.1:80" {
  name      = "shop %[1]d",
  scheduler = "wrr",
  check     = { check.tcp {}, check.lua { every = "5s", ready%[1]d } },
  policy    = policy.standard { sorry_server = "192.168.9.9:80", quorum = 1 },
  real_server "192.168.%[1]d.1:80" { weight = 1, name = "a" },
  real_server "192.168.%[1]d.2:80" { weight = 2, name = "b" },
  real_server "192.168.%[1]d.3:80" { weight = 3, check = check.http { path = "/up" } },
  on = { down = function(ev) log.warn("down", { server = ev.server.addr, reason = ev.reason }) end },
}

`, i)
	}
	return b.String()
}

// BenchmarkLoad is the time from a text to a policy that can be put in force.
func BenchmarkLoad(b *testing.B) {
	for name, src := range map[string]string{
		"OneEvent":      `on("start", function() end)`,
		"AllModules":    allModules,
		"ThousandLines": thousandLines(),
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				p, err := Load(b.Context(), "policy.lua", []byte(src), Options{Log: quiet})
				if err != nil {
					b.Fatal(err)
				}
				p.Close(context.Background())
			}
		})
	}
}

// BenchmarkCheckOfTenLines is a check function as people write them, with one
// probe that waits.
func BenchmarkCheckOfTenLines(b *testing.B) {
	runs(b, benched(b, `check.lua { function(rs)
		local name = rs.name
		local limit = 5
		if rs.port == 81 then limit = 10 end
		local ok = probe()
		if not ok then return false, "no answer" end
		local busy = rs.tags.busy or 0
		if busy > limit * 1000 then
			return "degraded", "busy with " .. busy
		end
		return true
	end }`).Probe)
}

// BenchmarkField is one reading of a field of a server.
func BenchmarkField(b *testing.B) {
	const readings = 100
	for _, field := range []string{"addr", "port", "name", "tags"} {
		b.Run(field, func(b *testing.B) {
			check := benched(b, `check.lua { function(rs) local x for i = 1, `+fmt.Sprint(readings)+` do x = rs.`+field+` end return true end }`)
			for b.Loop() {
				if r := check.Probe.Check(b.Context(), checks.Target{}); r.Outcome != checks.Pass {
					b.Fatal(r.Reason)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/readings, "ns/reading")
		})
	}
}

// TestTenThousandChecksAtOnce has that many runs of a Lua check wait at the same
// time, and weighs them.
func TestTenThousandChecksAtOnce(t *testing.T) {
	const many, most = 10_000, 16_000
	p := load(t, "policy.lua", `park = false virtual_server "10.0.0.1:80" { real_server "192.168.0.1:80" { check = check.lua { function(rs)
		local before = rs.addr
		park()
		return before == rs.addr, "well"
	end } } }`, Options{})
	release := make(chan struct{})
	var parked, done sync.WaitGroup
	L := p.rt.vm.State()
	L.G.Global.RawSetString("park", L.NewFunction(func(L *lua.LState) int {
		vm.Wait(L, func(context.Context) { parked.Done(); <-release })
		return 0
	}))
	probe := p.Config().Services[0].Servers[0].Checks[0].Probe
	var before, after goruntime.MemStats
	goruntime.GC()
	goruntime.ReadMemStats(&before)
	parked.Add(many)
	for range many {
		done.Go(func() {
			if r := probe.Check(t.Context(), checks.Target{}); r.Outcome != checks.Pass {
				t.Errorf("%v: %s", r.Outcome, r.Reason)
			}
		})
	}
	parked.Wait()
	goruntime.GC()
	goruntime.ReadMemStats(&after)
	close(release)
	done.Wait()
	each := (after.HeapInuse + after.StackInuse - before.HeapInuse - before.StackInuse) / many
	t.Logf("%d bytes for each", each)
	if each > most {
		t.Errorf("%d bytes for each run that waits, want less than %d", each, most)
	}
}
