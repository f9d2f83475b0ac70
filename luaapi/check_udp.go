package luaapi

import (
	"luavs/checks"
	"luavs/luaapi/args"
)

// readUDPCheck reads check.udp {...}.
func readUDPCheck(f *args.Fields, c *checkSpec) {
	step := readStep(f)
	const most = 65507 // bytes in a datagram
	udp := checks.UDP{
		Route: readRoute(f),
		Send:  step.Send, Expect: step.Expect, ExpectMatch: step.ExpectMatch, ExpectHex: step.ExpectHex,
		MinLength: f.Int("min_length", 0, 1, most),
		MaxLength: f.Int("max_length", 0, 1, most),
	}
	wants := hasAny(f, []string{"expect", "expect_match", "expect_hex", "min_length", "max_length"})
	udp.Reply = f.Bool("reply", wants)
	if wants && !udp.Reply {
		f.Mistake("reply", "false: and yet something is expected of the answer")
	}
	c.use(f, udp)
}
