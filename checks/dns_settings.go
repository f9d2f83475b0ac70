package checks

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/net/dns/dnsmessage"
)

// A dnsType is a type of records that a check can ask for.
type dnsType struct {
	name  string
	kind  dnsmessage.Type
	words string // of a record: n is a name, d a number; empty for what is no list of words
}

var dnsTypes = []dnsType{
	{"A", dnsmessage.TypeA, ""},
	{"AAAA", dnsmessage.TypeAAAA, ""},
	{"CNAME", dnsmessage.TypeCNAME, "n"},
	{"MX", dnsmessage.TypeMX, "dn"},
	{"NS", dnsmessage.TypeNS, "n"},
	{"PTR", dnsmessage.TypePTR, "n"},
	{"SOA", dnsmessage.TypeSOA, "nnddddd"},
	{"SRV", dnsmessage.TypeSRV, "dddn"},
	{"TXT", dnsmessage.TypeTXT, ""},
}

// dnsTypeOf returns the type of a name; the zero dnsType if there is none.
func dnsTypeOf(name string) dnsType {
	for _, t := range dnsTypes {
		if t.name == name {
			return t
		}
	}
	return dnsType{}
}

// dnsCodes are the codes of answers that have a name here (RFC 1035, 4.1.1;
// RFC 2136, 2.2).
var dnsCodes = []string{"NOERROR", "FORMERR", "SERVFAIL", "NXDOMAIN", "NOTIMP", "REFUSED", "YXDOMAIN", "YXRRSET", "NXRRSET", "NOTAUTH", "NOTZONE"}

// DNSTypes are the types of records that a check can ask for, sorted.
func DNSTypes() []string {
	names := make([]string, len(dnsTypes))
	for i, t := range dnsTypes {
		names[i] = t.name
	}
	return names
}

// DNSCodes are the codes of an answer, in their order.
func DNSCodes() []string { return slices.Clone(dnsCodes) }

func codeName(c dnsmessage.RCode) string {
	if int(c) < len(dnsCodes) {
		return dnsCodes[c]
	}
	return strconv.Itoa(int(c))
}

// Mistakes joins all that is wrong with the settings, each on a line of its
// own that begins with the setting's name in a policy.
//
// An answer is written as in a zone file: an address for A and AAAA; a name for
// CNAME, NS and PTR; "PREFERENCE NAME" for MX; "PRIORITY WEIGHT PORT NAME" for
// SRV; "PRIMARY MAILBOX SERIAL REFRESH RETRY EXPIRE MINIMUM" for SOA; of TXT it
// is the text, its strings joined. Names are whole, with or without their last
// dot.
func (c DNS) Mistakes() error {
	_, err := dnsName(c.Name)
	known := dnsTypeOf(c.typeName()).name != ""
	errs := []error{
		c.Route.Mistakes(),
		mistake(err == nil, "name %q: %w", c.Name, err),
		mistake(known, "type %q: want one of %s", c.Type, strings.Join(DNSTypes(), ", ")),
		mistake(c.EDNS == 0 || c.EDNS == -1 || c.EDNS >= 512 && c.EDNS <= 65535, "edns %d: want 512 to 65535 bytes", c.EDNS),
		mistake(c.MinAnswers >= 0, "min_answers %d: want no negative number", c.MinAnswers),
	}
	for _, code := range c.Codes {
		errs = append(errs, mistake(slices.Contains(dnsCodes, strings.ToUpper(code)), "rcode %q: want one of %s", code, strings.Join(dnsCodes, ", ")))
	}
	for _, text := range c.Answers {
		_, err := canonical(c.typeName(), text)
		errs = append(errs, mistake(err == nil || !known, "answer %q: %w", text, err))
	}
	return errors.Join(errs...)
}

// dnsName is a name with its last dot. Its labels have 1 to 63 bytes and there
// is no escaping.
func dnsName(text string) (dnsmessage.Name, error) {
	if text == "" || text == "." {
		return dnsmessage.MustNewName("."), nil
	}
	text = strings.TrimSuffix(text, ".")
	for label := range strings.SplitSeq(text, ".") {
		if label == "" || len(label) > 63 || !isVisible(label) {
			return dnsmessage.Name{}, fmt.Errorf("label %s: want 1 to 63 visible characters", shortQuote(label))
		}
	}
	if len(text) > 253 {
		return dnsmessage.Name{}, errors.New("want at most 253 characters")
	}
	return dnsmessage.NewName(text + ".")
}

// canonical is an answer as recordText writes it.
func canonical(kind, text string) (string, error) {
	fields := strings.Fields(text)
	switch kind {
	case "TXT":
		return text, nil
	case "A", "AAAA":
		addr, err := netip.ParseAddr(text)
		if err != nil || addr.Zone() != "" || addr.Is4() != (kind == "A") {
			return "", fmt.Errorf("want an address of type %s", kind)
		}
		return addr.String(), nil
	}
	form := dnsTypeOf(kind).words
	if len(fields) != len(form) {
		return "", fmt.Errorf("want %d words for %s", len(form), kind)
	}
	for i, field := range fields {
		if form[i] == 'n' {
			name, err := dnsName(field)
			if err != nil {
				return "", err
			}
			fields[i] = strings.ToLower(name.String())
		} else if n, err := strconv.ParseUint(field, 10, 32); err != nil {
			return "", fmt.Errorf("%q: want a whole number", field)
		} else {
			fields[i] = strconv.FormatUint(n, 10)
		}
	}
	return strings.Join(fields, " "), nil
}

func addrText(ip []byte) string {
	addr, _ := netip.AddrFromSlice(ip)
	return addr.String()
}
