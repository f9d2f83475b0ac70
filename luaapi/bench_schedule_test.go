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
// 5 ms, in one policy, and reports what a run costs and how late the latest of a
// hundred begins: in the best of some rounds of a second, in the middle one and
// in the worst. Beside it stands how late a goroutine wakes before there is any
// work: on a machine that others use, rounds are late for their sake.
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
	alone := idle(2 * time.Second)
	e := engine.New(ipvs.NewMemory(), quiet)
	ctx, stop := context.WithCancel(b.Context())
	var running sync.WaitGroup
	running.Go(func() { e.Run(ctx) })
	if err := e.Load(ctx, p.Config()); err != nil {
		b.Fatal(err)
	}
	time.Sleep(2 * time.Second)
	p.rt.vm.Do(ctx, func(*lua.LState) error { clear(runs); return nil })
	began := processTime(b)
	for b.Loop() {
		time.Sleep(10 * time.Second)
	}
	cpu := processTime(b) - began
	stop()
	running.Wait()
	if err := p.Close(context.Background()); err != nil {
		b.Error(err)
	}
	var rounded []float64
	n := 0
	for _, late := range lateness(runs) {
		n += len(late)
		if len(late) > servers/2 { // the last round may have a few
			rounded = append(rounded, p99(late))
		}
	}
	slices.Sort(rounded)
	seconds := b.Elapsed().Seconds()
	b.ReportMetric(float64(n)/seconds, "runs/s")
	b.ReportMetric(float64(cpu.Microseconds())/float64(n), "cpu-us/run")
	b.ReportMetric(rounded[0], "best-p99-ms")
	b.ReportMetric(rounded[len(rounded)/2], "median-p99-ms")
	b.ReportMetric(rounded[len(rounded)-1], "worst-p99-ms")
	b.ReportMetric(p99(alone), "idle-p99-ms")
	if len(runs) != servers {
		b.Errorf("%d servers were checked, want %d", len(runs), servers)
	}
}

// lateness returns for each round of runs, sorted, by how much they began after
// the second that the most punctual one of each check implies.
func lateness(runs map[netip.Addr][]time.Time) [][]time.Duration {
	var rounds [][]time.Duration
	for _, at := range runs {
		var offsets []time.Duration
		for i, t := range at {
			offsets = append(offsets, t.Sub(at[0])-time.Duration(i)*time.Second)
		}
		least := slices.Min(offsets)
		for i, o := range offsets {
			if i == len(rounds) {
				rounds = append(rounds, nil)
			}
			rounds[i] = append(rounds[i], o-least)
		}
	}
	for _, late := range rounds {
		slices.Sort(late)
	}
	return rounds
}

// p99 returns what one of a hundred exceeds, in milliseconds.
func p99(sorted []time.Duration) float64 { return sorted[len(sorted)*99/100].Seconds() * 1000 }

// idle returns, sorted, how late a goroutine wakes on a machine that has
// nothing to do but what others do on it.
func idle(d time.Duration) []time.Duration {
	var late []time.Duration
	for end := time.Now().Add(d); time.Now().Before(end); {
		began := time.Now()
		time.Sleep(time.Millisecond)
		late = append(late, time.Since(began)-time.Millisecond)
	}
	slices.Sort(late)
	return late
}
