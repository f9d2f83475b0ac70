package luaapi

import (
	"time"

	"luavs/checks"
	"luavs/engine"
	"luavs/luaapi/args"
)

// readTTLCheck reads check.ttl {...}.
func readTTLCheck(f *args.Fields, c *checkSpec) {
	for _, name := range []string{"every", "cron", "timeout", "rise", "fall", "fastinter", "downinter", "jitter", "rules"} {
		if f.Has(name) {
			f.Mistake(name, "is for checks that ask: check.ttl waits for reports, and each holds at once")
		}
	}
	ttl := checks.TTL{Name: f.String("name", ""), Limit: f.Duration("ttl", 0, time.Second)}
	if !f.Has("ttl") {
		f.Mistake("ttl", `is missing: how long a report holds, as in ttl = "30s"`)
	}
	if ttl.Name != checks.OneLine(ttl.Name) {
		f.Mistake("name", "want some text that is printed on one short line, got %q", ttl.Name)
	}
	c.schedule, c.timeout, c.fast, c.limits = engine.Every(ttl.Limit), ttl.Limit, 0, engine.Limits{Rise: 1, Fall: 1}
	c.id, c.probe = ttl.String(), ttl
}
