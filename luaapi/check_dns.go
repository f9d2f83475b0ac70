package luaapi

import (
	"luavs/checks"
	"luavs/checks/dns"
	"luavs/luaapi/args"
)

// readDNSCheck reads check.dns {...}.
func readDNSCheck(f *args.Fields, c *checkSpec) {
	check := checks.DNS{
		Route:       readRoute(f),
		Name:        f.String("name", ""),
		Type:        f.Enum("type", "", dns.Types()...),
		TCP:         f.Enum("transport", "udp", "udp", "tcp") == "tcp",
		NoRecursion: !f.Bool("recursion", true),
		EDNS:        f.Int("edns", 0, 0, 65535),
		Codes:       f.Strings("rcode"),
		Answers:     f.Strings("answer"),
		AnswerMatch: readPattern(f, "answer_match"),
		MinAnswers:  f.Int("min_answers", 0, 0, 1000),
	}
	if f.Has("edns") && check.EDNS == 0 {
		check.EDNS = -1
	}
	c.use(f, check)
}
