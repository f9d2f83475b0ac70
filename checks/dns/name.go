package dns

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/net/dns/dnsmessage"
)

// types are the types of records that have a name here, sorted by it.
var types = []struct {
	name string
	kind dnsmessage.Type
}{
	{"A", dnsmessage.TypeA}, {"AAAA", dnsmessage.TypeAAAA}, {"CNAME", dnsmessage.TypeCNAME},
	{"MX", dnsmessage.TypeMX}, {"NS", dnsmessage.TypeNS}, {"PTR", dnsmessage.TypePTR},
	{"SOA", dnsmessage.TypeSOA}, {"SRV", dnsmessage.TypeSRV}, {"TXT", dnsmessage.TypeTXT},
}

// Types are the names of the types known here, sorted.
func Types() (names []string) {
	for _, t := range types {
		names = append(names, t.name)
	}
	return names
}

// TypeOf returns the type of records that has a name such as "AAAA"; 0 if none
// of [Types].
func TypeOf(name string) dnsmessage.Type {
	for _, t := range types {
		if t.name == name {
			return t.kind
		}
	}
	return 0
}

// codes are the codes of answers that have a name here (RFC 1035, 4.1.1;
// RFC 2136, 2.2).
var codes = []string{"NOERROR", "FORMERR", "SERVFAIL", "NXDOMAIN", "NOTIMP", "REFUSED", "YXDOMAIN", "YXRRSET", "NXRRSET", "NOTAUTH", "NOTZONE"}

// Codes are the names of the codes of answers, in the order of their numbers,
// from 0.
func Codes() []string { return slices.Clone(codes) }

// CodeName is the name of a code, or its number if it has none here.
func CodeName(c dnsmessage.RCode) string {
	if int(c) < len(codes) {
		return codes[c]
	}
	return strconv.Itoa(int(c))
}

// NewName returns a name as it is asked for: whole, with or without its last
// dot; "." is the root. Its labels have 1 to 63 visible ASCII characters, all
// together at most 253 (RFC 1035, 2.3.4), and there is no escaping.
func NewName(text string) (dnsmessage.Name, error) {
	if text == "." {
		return dnsmessage.MustNewName("."), nil
	}
	text = strings.TrimSuffix(text, ".")
	if len(text) > 253 {
		return dnsmessage.Name{}, errors.New("want at most 253 characters")
	}
	for label := range strings.SplitSeq(text, ".") {
		if label == "" || len(label) > 63 || strings.ContainsFunc(label, isInvisible) {
			return dnsmessage.Name{}, fmt.Errorf("label %q: want 1 to 63 visible characters", label)
		}
	}
	return dnsmessage.NewName(text + ".")
}

func isInvisible(r rune) bool { return r <= ' ' || r >= 0x7f }

// Reverse returns the name whose PTR records say how an address is called
// (RFC 1035, 3.5; RFC 3596, 2.5).
func Reverse(ip netip.Addr) string {
	var labels strings.Builder
	if ip = ip.Unmap(); ip.Is4() {
		b := ip.As4()
		return fmt.Sprintf("%d.%d.%d.%d.in-addr.arpa.", b[3], b[2], b[1], b[0])
	}
	b := ip.As16()
	for _, octet := range slices.Backward(b[:]) {
		fmt.Fprintf(&labels, "%x.%x.", octet&0xf, octet>>4)
	}
	return labels.String() + "ip6.arpa."
}
