package checks

import (
	"fmt"
	"iter"
	"strings"

	"golang.org/x/net/dns/dnsmessage"

	"luavs/checks/dns"
)

// texts goes through the records of the type asked for, as text. Others, such
// as the CNAME records that lead to them, are passed over.
func (c DNS) texts(m dns.Message) iter.Seq2[string, error] {
	kind := dns.TypeOf(c.typeName())
	return func(yield func(string, error) bool) {
		for r, err := range m.Records() {
			if err != nil {
				yield("", err)
				return
			}
			if r.Header.Type == kind && r.Header.Class == dnsmessage.ClassINET && !yield(recordText(r.Body), nil) {
				return
			}
		}
	}
}

// recordText is the data of a record as zone files have it, names in lower
// case and with their last dot. The strings of a TXT record are joined, as they
// are for SPF and DKIM (RFC 7208, 3.3).
func recordText(body dnsmessage.ResourceBody) string {
	name := func(n dnsmessage.Name) string { return strings.ToLower(n.String()) }
	switch r := body.(type) {
	case *dnsmessage.AResource:
		return addrText(r.A[:])
	case *dnsmessage.AAAAResource:
		return addrText(r.AAAA[:])
	case *dnsmessage.CNAMEResource:
		return name(r.CNAME)
	case *dnsmessage.NSResource:
		return name(r.NS)
	case *dnsmessage.PTRResource:
		return name(r.PTR)
	case *dnsmessage.TXTResource:
		return strings.Join(r.TXT, "")
	case *dnsmessage.MXResource:
		return fmt.Sprintf("%d %s", r.Pref, name(r.MX))
	case *dnsmessage.SRVResource:
		return fmt.Sprintf("%d %d %d %s", r.Priority, r.Weight, r.Port, name(r.Target))
	case *dnsmessage.SOAResource:
		return fmt.Sprintf("%s %s %d %d %d %d %d", name(r.NS), name(r.MBox), r.Serial, r.Refresh, r.Retry, r.Expire, r.MinTTL)
	}
	return ""
}
