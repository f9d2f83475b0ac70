package luaapi

import (
	"context"
	"fmt"
	"net/netip"
	"slices"
	"sync"
	"testing"
	"time"

	lua "github.com/yuin/gopher-lua"

	"luavs/engine"
	"luavs/ipvs"
)

// BenchmarkSchedule runs 5,000 Lua checks a second, each of which waits for
// 5 ms, in one policy, and reports how late they begin and what they cost: the
// latest of a hundred and of all, and the share of one processor.
func BenchmarkSchedule(b *testing.B) {
	const servers = 5000
	src := fmt.Sprintf(`
begin = false
local shop = { check = check.lua { every = "1s", function(rs) begin(rs.ip) sleep("5ms") return true end } }
for i = 1, %d do shop[i] = real_server("10." .. math.floor(i / 250) .. ".1." .. i %% 250 + 1 .. ":80") end
virtual_server "192.0.2.1:80" (shop)`, servers)
	p, err := Load(b.Context(), "policy.lua", []byte(src), Options{Log: quiet})
	if err != nil {
		b.Fatal(err)
	}
	runs := map[netip.Addr][]time.Time{} // guarded by the baton
	L := p.rt.vm.State()
	L.G.Global.RawSetString("begin", L.NewFunction(func(L *lua.LState) int {
		ip := netip.MustParseAddr(L.CheckString(1))
		runs[ip] = append(runs[ip], time.Now())
		return 0
	}))
	e := engine.New(ipvs.NewMemory(), quiet)
	ctx, stop := context.WithCancel(b.Context())
	var running sync.WaitGroup
	running.Go(func() { e.Run(ctx) })
	if err := e.Load(ctx, p.Config()); err != nil {
		b.Fatal(err)
	}
	const rounds = 6
	time.Sleep(2 * time.Second)
	p.rt.vm.Do(ctx, func(*lua.LState) error { clear(runs); return nil })
	began := processTime(b)
	for b.Loop() {
		time.Sleep(rounds * time.Second)
	}
	cpu := processTime(b) - began
	stop()
	running.Wait()
	if err := p.Close(context.Background()); err != nil {
		b.Error(err)
	}
	late, n := lateness(runs), 0
	for _, at := range runs {
		n += len(at)
	}
	seconds := b.Elapsed().Seconds()
	b.ReportMetric(float64(n)/seconds, "runs/s")
	b.ReportMetric(float64(cpu.Microseconds())/float64(n), "cpu-us/run")
	b.ReportMetric(late[len(late)*99/100].Seconds()*1000, "p99-late-ms")
	b.ReportMetric(late[len(late)-1].Seconds()*1000, "max-late-ms")
	if len(runs) != servers {
		b.Errorf("%d servers were checked, want %d", len(runs), servers)
	}
}

// lateness returns, sorted, by how much each run began after the second that
// the most punctual one of its check implies.
func lateness(runs map[netip.Addr][]time.Time) []time.Duration {
	var late []time.Duration
	for _, at := range runs {
		var offsets []time.Duration
		for _, t := range at {
			// The rounded number of seconds since the first run is its turn.
			since := t.Sub(at[0])
			offsets = append(offsets, since-since.Round(time.Second))
		}
		least := slices.Min(offsets)
		for _, o := range offsets {
			late = append(late, o-least)
		}
	}
	slices.Sort(late)
	return late
}
