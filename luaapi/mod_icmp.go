package luaapi

import (
	"context"
	"net/netip"
	"time"

	lua "github.com/yuin/gopher-lua"

	"luavs/checks"
	"luavs/luaapi/args"
	"luavs/luaapi/vm"
)

// A pingResult is what Lua sees of a ping. Times are seconds.
type pingResult struct {
	Sent, Received int
	Loss           float64 // 0 to 1: the part that was not answered
	Min, Avg, Max  float64
}

// newICMP returns the module icmp.
func newICMP(rt *runtime, L *lua.LState) *lua.LTable {
	return L.SetFuncs(L.NewTable(), map[string]lua.LGFunction{
		"ping": func(L *lua.LState) int { return icmpPing(rt, L) },
	})
}

// icmpPing is icmp.ping(addr [, options]).
func icmpPing(rt *runtime, L *lua.LState) int {
	const what = "icmp.ping"
	rt.running(L, what)
	host, err := netip.ParseAddr(argText(L, 1, what))
	if err != nil {
		L.RaiseError(`%s: argument 1: want an address such as "10.0.0.1", got %s`, what, args.Show(L.Get(1)))
	}
	f := args.Optional(L, 2, what)
	timeout := f.Duration("timeout", waitTimeout, minTimeout)
	count := f.Int("count", 1, 1, checks.MaxPings)
	ping := checks.ICMP{
		Route:    readOutgoing(f),
		Count:    count,
		Replies:  count, // else it ends with the first
		Interval: f.Duration("interval", 0, shortest),
		Size:     f.Int("size", 0, checks.MinPingSize, checks.MaxPingSize),
		TTL:      f.Int("ttl", 0, 1, 255),
	}
	noteSettings(f, ping.Mistakes())
	f.Raise()
	var pong checks.Pong
	var result checks.Result
	vm.Wait(L, func(ctx context.Context) {
		ctx, cancel := context.WithTimeout(ctx, timeout)
		defer cancel()
		err = rt.limits.sockets.use(func() error {
			pong, result = ping.Ping(ctx, checks.Target{Addr: netip.AddrPortFrom(host, 0)})
			return nil
		})
	})
	if err != nil {
		return refuse(L, err)
	}
	if len(pong.Trips) == 0 {
		return refuse(L, &failure{result.Cause, result.Reason})
	}
	L.Push(view(L, "ping result", pingResultOf(pong)))
	return 1
}

func pingResultOf(pong checks.Pong) pingResult {
	least, most, sum := pong.Trips[0], pong.Trips[0], time.Duration(0)
	for _, trip := range pong.Trips {
		least, most, sum = min(least, trip), max(most, trip), sum+trip
	}
	return pingResult{
		Sent: pong.Sent, Received: len(pong.Trips),
		Loss: 1 - float64(len(pong.Trips))/float64(pong.Sent),
		Min:  least.Seconds(), Avg: (sum / time.Duration(len(pong.Trips))).Seconds(), Max: most.Seconds(),
	}
}
