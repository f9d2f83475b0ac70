package checks

import (
	"net/netip"
	"testing"
)

func TestARouteThroughTheServiceOfItsTarget(t *testing.T) {
	server := netip.MustParseAddrPort("127.0.0.1:8080")
	server6 := netip.MustParseAddrPort("[::1]:8080")
	vip, vip6 := netip.MustParseAddrPort("10.0.0.1:80"), netip.MustParseAddrPort("[2001:db8::1]:80")
	other := netip.MustParseAddr("10.0.0.9")
	for name, tt := range map[string]struct {
		route  Route
		target Target
		to     string
		want   Route
	}{
		"without a path the server is asked, by the way it says":      {Route{Port: 81}, Target{Addr: server, VIP: vip}, "127.0.0.1:81", Route{Port: 81}},
		"with one the virtual server, from where the server would be": {Route{}, Target{Addr: server, VIP: vip, PathMark: 7}, "10.0.0.1:80", Route{Mark: 7, Source: server.Addr()}},
		"over IPv6 too":                                  {Route{}, Target{Addr: server6, VIP: vip6, PathMark: 7}, "[2001:db8::1]:80", Route{Mark: 7, Source: server6.Addr()}},
		"a source that is given stays":                   {Route{Source: other}, Target{Addr: server, VIP: vip, PathMark: 7}, "10.0.0.1:80", Route{Mark: 7, Source: other}},
		"no source is made up of another address family": {Route{}, Target{Addr: server6, VIP: vip, PathMark: 7}, "10.0.0.1:80", Route{Mark: 7}},
		"of a firewall mark the check says whom to ask":  {Route{Addr: other, Port: 443}, Target{Addr: server, FWMark: 5, PathMark: 7}, "10.0.0.9:443", Route{Addr: other, Port: 443, Mark: 7, Source: server.Addr()}},
		"of all ports the check says which":              {Route{Port: 21}, Target{Addr: server, VIP: netip.MustParseAddrPort("10.0.0.1:0"), PathMark: 7}, "10.0.0.1:21", Route{Port: 21, Mark: 7, Source: server.Addr()}},
	} {
		got, err := tt.route.through(tt.target)
		if err != nil || got != tt.want || tt.route.to(tt.target).String() != tt.to {
			t.Errorf("%s: %+v to %v, %v; want %+v to %s", name, got, tt.route.to(tt.target), err, tt.want, tt.to)
		}
	}
}
