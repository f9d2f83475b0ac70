package ipvstest

import (
	"net/netip"
	"syscall"
	"testing"

	"luavs/ipvs"
)

func noConnections(t *testing.T, k Kernel) {
	runScript(t, k, `
		-A -t 10.0.0.1:80 -s rr
		-a -t 10.0.0.1:80 -r 10.0.0.9:80 -m`)
	for _, f := range []ipvs.ConnectionFilter{{}, {Service: web}, {Service: mark}, {State: "ESTABLISHED"}} {
		for c, err := range k.Connections(f) {
			t.Errorf("%+v: %+v, %v", f, c, err)
		}
	}
}

func badFilters(t *testing.T, k Kernel) {
	for name, f := range map[string]ipvs.ConnectionFilter{
		"a state in small letters":     {State: "established"},
		"a service without an address": {Service: ipvs.ServiceKey{Family: ipvs.INET}},
		"a client behind its prefix":   {Client: netip.MustParsePrefix("10.0.0.1/24")},
		"a client in IPv6 form":        {Client: netip.MustParsePrefix("::ffff:10.0.0.1/128")},
		"an address with a zone":       {Virtual: netip.MustParseAddrPort("[fe80::1%lo]:80")},
		"a protocol above a byte":      {Protocol: 256},
		"a choice that is none":        {Templates: 3},
	} {
		n := 0
		for _, err := range k.Connections(f) {
			if n++; !answers(err, syscall.EINVAL) {
				t.Errorf("%s: %v", name, err)
			}
		}
		if n != 1 {
			t.Errorf("%s: %d results", name, n)
		}
	}
}
