package luaapi

import (
	"strings"

	"luavs/checks"
	"luavs/luaapi/args"
)

// A probe is a check whose identity is its text.
type probe interface {
	checks.Check
	Mistakes() error
	String() string
}

// use makes c a check of the probe, unless its settings have mistakes.
func (c *checkSpec) use(f *args.Fields, p probe) {
	if noteSettings(f, p.Mistakes()) {
		return
	}
	c.id, c.probe = p.String(), p
}

// noteSettings notes what a check finds wrong with its settings, if anything:
// lines that begin with the name of a field.
func noteSettings(f *args.Fields, err error) bool {
	if err == nil {
		return false
	}
	for text := range strings.Lines(err.Error()) {
		text = strings.TrimSpace(text)
		name, about, _ := strings.Cut(text, " ")
		name, bare := strings.CutSuffix(name, ":")
		switch {
		case name != strings.ToLower(name):
			name = "" // TLS as a whole
		case bare:
			text = about
		}
		f.Mistake(name, "%s", text)
	}
	return true
}

// readProxyProtocol reads the header that goes first.
func readProxyProtocol(f *args.Fields) checks.ProxyProtocol {
	return checks.ProxyProtocol(f.Enum("proxy_protocol", "", string(checks.ProxyV1), string(checks.ProxyV2)))
}
