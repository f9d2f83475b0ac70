package checks

import (
	"cmp"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/net/dns/dnsmessage"

	"luavs/checks/dns"
)

// dnsForm is the words of a record of a type: n is a name, d a number. It is
// empty for what is no list of words.
func dnsForm(kind string) string {
	switch kind {
	case "CNAME", "NS", "PTR":
		return "n"
	case "MX":
		return "dn"
	case "SOA":
		return "nnddddd"
	case "SRV":
		return "dddn"
	}
	return ""
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
	known := dns.TypeOf(c.typeName()) != 0
	errs := []error{
		c.Route.Mistakes(),
		mistake(err == nil, "name %q: %w", c.Name, err),
		mistake(known, "type %q: want one of %s", c.Type, strings.Join(dns.Types(), ", ")),
		mistake(c.EDNS == 0 || c.EDNS == -1 || c.EDNS >= 512 && c.EDNS <= 65535, "edns %d: want 512 to 65535 bytes", c.EDNS),
		mistake(c.MinAnswers >= 0, "min_answers %d: want no negative number", c.MinAnswers),
	}
	for _, code := range c.Codes {
		errs = append(errs, mistake(slices.Contains(dns.Codes(), strings.ToUpper(code)), "rcode %q: want one of %s", code, strings.Join(dns.Codes(), ", ")))
	}
	for _, text := range c.Answers {
		_, err := canonical(c.typeName(), text)
		errs = append(errs, mistake(err == nil || !known, "answer %q: %w", text, err))
	}
	return errors.Join(errs...)
}

// dnsName is a name; the root if it is empty.
func dnsName(text string) (dnsmessage.Name, error) { return dns.NewName(cmp.Or(text, ".")) }

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
	form := dnsForm(kind)
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
