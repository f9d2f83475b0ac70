package checks

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"

	"luavs/checks/servertest"
)

// nsdZone is what the name server of the tests knows. The record big is larger
// than an answer over UDP; the zone broken.example cannot be read.
const nsdZone = `
$ORIGIN example.
$TTL 300
@     SOA  ns1.example. admin.example. 2026010101 3600 600 86400 300
@     NS   ns1.example.
@     MX   10 mail.example.
@     TXT  "v=spf1 " "-all"
ns1   A    192.0.2.1
www   A    192.0.2.10
www   A    192.0.2.11
www   AAAA 2001:db8::10
alias CNAME www.example.
_ldap._tcp SRV 0 5 389 ldap.example.
10.2.0.192.in-addr PTR www.example.
`

// nsd is a real name server, over UDP and TCP.
func nsd(t testing.TB) netip.AddrPort {
	t.Helper()
	var big strings.Builder
	for i := range 200 {
		fmt.Fprintf(&big, "big TXT \"number %d\"\n", i)
	}
	return servertest.NSD(t, map[string]string{"example": nsdZone + big.String(), "broken.example": ""})
}
