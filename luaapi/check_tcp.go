package luaapi

import (
	"regexp"

	"luavs/checks"
	"luavs/luaapi/args"
)

// readTCPCheck reads check.tcp {...}.
func readTCPCheck(f *args.Fields, c *checkSpec) {
	tcp := checks.TCP{
		Route:       readTCPRoute(f, c),
		Send:        []byte(f.String("send", "")),
		Expect:      []byte(f.String("expect", "")),
		ExpectMatch: readPattern(f, "expect_match"),
	}
	c.id, c.probe = tcp.String(), tcp
}

// readPattern reads a regular expression in Go's syntax (RE2).
func readPattern(f *args.Fields, name string) *regexp.Regexp {
	text := f.String(name, "")
	if text == "" {
		return nil
	}
	re, err := regexp.Compile(text)
	if err != nil {
		f.Mistake(name, "%v", err)
	}
	return re
}
