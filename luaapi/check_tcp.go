package luaapi

import (
	"regexp"

	"luavs/checks"
	"luavs/luaapi/args"
)

// readTCPCheck reads check.tcp {...}.
func readTCPCheck(f *args.Fields, c *checkSpec) {
	tcp := checks.TCP{Route: readTCPRoute(f, c), Proxy: readProxyProtocol(f)}
	steps := readSteps(f)
	if len(steps) == 1 && steps[0].ExpectHex.String() == "" {
		only := steps[0]
		tcp.Send, tcp.Expect, tcp.ExpectMatch = only.Send, only.Expect, only.ExpectMatch
	} else {
		tcp.Steps = steps
	}
	c.use(f, tcp)
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
