package source

import (
	"context"
	"fmt"
	"net/netip"
	"os"
	"strings"
	"testing"
	"time"

	"luavs/checks/servertest"
	"luavs/engine"
	"luavs/ipvs"
)

// zone is what the name server of the tests knows. The answers about many and
// _many are larger than fits into one over UDP.
const zone = `
$ORIGIN example.
$TTL 300
@     SOA  ns1.example. admin.example. 2026010101 3600 600 86400 300
@     NS   ns1.example.
ns1   A    192.0.2.1
www   60 A    192.0.2.10
www   60 A    192.0.2.11
www   AAAA 2001:db8::10
alias 30 CNAME www.example.
web1  A    192.0.2.21
web2  20 A 192.0.2.22
web2  A    192.0.2.23
web1  AAAA 2001:db8::21
_http._tcp SRV 10 5 8080 web1.example.
_http._tcp SRV 10 0 8081 web2.example.
_http._tcp SRV 20 9 8082 ns1.example.
_none._tcp SRV 0 0 0 .
_lost._tcp SRV 0 0 80 nosuch.example.
_far._tcp SRV 0 0 80 www.example.org.
`

// nsd is a real name server with the zone.
func nsd(t *testing.T) netip.AddrPort {
	t.Helper()
	var text strings.Builder
	text.WriteString(zone)
	for i := range 200 {
		fmt.Fprintf(&text, "many A 192.168.%d.%d\n", i/100, i%100)
	}
	return servertest.NSD(t, map[string]string{"example": text.String(), "broken.example": ""})
}

// eventually waits until a thing is so.
func eventually(t *testing.T, what string, so func() bool) {
	t.Helper()
	deadline := time.Now().Add(10 * time.Second)
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for !so() {
		if <-tick.C; time.Now().After(deadline) {
			t.Fatalf("not within 10s: %s", what)
		}
	}
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// listed asks a source and compares its answer with brief, or with what the
// error after "! " says.
func listed(t *testing.T, s engine.Source, want string) engine.Listing {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	listing, err := s.List(ctx)
	expect(t, func([]byte) ([]engine.Member, error) { return listing.Members, err }, "", want)
	return listing
}

func TestDNSWithNSD(t *testing.T) {
	resolver := nsd(t)
	for _, tt := range []struct {
		name string
		dns  DNS
		keep time.Duration
		want string
	}{
		{"addresses", DNS{Name: "www.example", Type: "A"}, time.Minute, "192.0.2.10:0*1 192.0.2.11:0*1"},
		{"with a port", DNS{Name: "WWW.example.", Type: "A", Port: 80}, time.Minute, "192.0.2.10:80*1 192.0.2.11:80*1"},
		{"of IPv6", DNS{Name: "www.example", Type: "AAAA", Port: 80}, 5 * time.Minute, "[2001:db8::10]:80*1"},
		{"behind a CNAME that ends sooner", DNS{Name: "alias.example", Type: "A"}, 30 * time.Second, "192.0.2.10:0*1 192.0.2.11:0*1"},
		{"services, of which the target ends sooner", DNS{Name: "_http._tcp.example", Type: "SRV"}, 20 * time.Second,
			"192.0.2.21:8080*5(web1.example) 192.0.2.22:8081*1(web2.example) 192.0.2.23:8081*1(web2.example)"},
		{"services of IPv6", DNS{Name: "_http._tcp.example", Type: "SRV", Family: ipvs.INET6}, 5 * time.Minute, "[2001:db8::21]:8080*5(web1.example)"},
		{"services that are not offered", DNS{Name: "_none._tcp.example", Type: "SRV"}, 5 * time.Minute, ""},
		{"services whose target is no more", DNS{Name: "_lost._tcp.example", Type: "SRV"}, 5 * time.Minute, ""},
		{"a name that is not there", DNS{Name: "nosuch.example", Type: "A"}, 0, ""},
		{"a name without addresses", DNS{Name: "ns1.example", Type: "AAAA"}, 0, ""},
		{"a zone that is not the server's", DNS{Name: "www.example.org", Type: "A"}, 0, "! www.example.org A: resolver " + resolver.String() + ": it answers REFUSED"},
		{"a zone that cannot be read", DNS{Name: "www.broken.example", Type: "A"}, 0, "! it answers SERVFAIL"},
		{"a name that is none", DNS{Name: "www..example", Type: "A"}, 0, `! "www..example" is no name of a domain`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			tt.dns.Resolver = resolver
			if got := listed(t, tt.dns, tt.want); got.Keep != tt.keep {
				t.Errorf("holds for %v, want %v", got.Keep, tt.keep)
			}
		})
	}
	t.Run("an answer that is cut short is asked for over TCP", func(t *testing.T) {
		listing, err := DNS{Name: "many.example", Type: "A", Resolver: resolver}.List(t.Context())
		if err != nil || len(listing.Members) != 200 {
			t.Errorf("%d addresses, %v, want 200", len(listing.Members), err)
		}
	})
}
