package luaapi

import (
	"luavs/checks"
	"luavs/luaapi/args"
)

// readICMPCheck reads check.icmp {...}.
func readICMPCheck(f *args.Fields, c *checkSpec) {
	c.use(f, checks.ICMP{
		Route:    readHostRoute(f),
		Count:    f.Int("count", 0, 1, checks.MaxPings),
		Replies:  f.Int("replies", 0, 1, checks.MaxPings),
		Interval: f.Duration("interval", 0, shortest),
		Size:     f.Int("size", 0, checks.MinPingSize, checks.MaxPingSize),
		TTL:      f.Int("ttl", 0, 1, 255),
	})
}
