package source

import (
	"context"
	"fmt"
	"net/netip"
	"time"

	"golang.org/x/net/dns/dnsmessage"

	"luavs/checks/dns"
	"luavs/engine"
	"luavs/ipvs"
)

// DNS is the addresses of a name: its A or AAAA records, or those of the
// targets of its SRV records, which give the port and the weight as well
// (RFC 2782). A list holds as long as the shortest time to live of its records.
type DNS struct {
	Name   string      // the whole name; no domain is added
	Type   string      // "A", "AAAA" or "SRV"
	Port   uint16      // of A and AAAA; 0 for that of the virtual server
	Family ipvs.Family // of SRV: which addresses of its targets; INET if zero

	// Resolver is asked; the zero AddrPort for those of /etc/resolv.conf.
	Resolver netip.AddrPort
}

// String says what is asked for, and of whom if that is said:
// "web.example.org A port 8080 @192.0.2.53:53".
func (d DNS) String() string {
	text := d.Name + " " + d.Type
	if d.Port > 0 {
		text += fmt.Sprint(" port ", d.Port)
	}
	if d.Family == ipvs.INET6 {
		text += " inet6"
	}
	if d.Resolver.IsValid() {
		text += " @" + d.Resolver.String()
	}
	return text
}

// List implements [engine.Source].
func (d DNS) List(ctx context.Context) (engine.Listing, error) {
	name, err := dns.NewName(d.Name)
	if err != nil {
		return engine.Listing{}, fmt.Errorf("%q is no name of a domain: %w", d.Name, err)
	}
	l := lookup{ctx: ctx, resolver: dns.Resolver{Servers: []netip.AddrPort{d.Resolver}}, there: map[netip.AddrPort]bool{}}
	if !d.Resolver.IsValid() {
		if l.resolver, err = dns.System(); err != nil {
			return engine.Listing{}, err
		}
	}
	if d.Type == "SRV" {
		err = l.services(name, addressType(d.Family))
	} else {
		err = l.addresses(name, dns.TypeOf(d.Type), d.Port)
	}
	if err != nil {
		return engine.Listing{}, fmt.Errorf("%s %s: %w", d.Name, d.Type, err)
	}
	return engine.Listing{Members: l.members, Keep: l.keep}, nil
}

func addressType(f ipvs.Family) dnsmessage.Type {
	if f == ipvs.INET6 {
		return dnsmessage.TypeAAAA
	}
	return dnsmessage.TypeA
}

// lookup collects what a list is made of.
type lookup struct {
	ctx      context.Context
	resolver dns.Resolver
	there    map[netip.AddrPort]bool
	members  []engine.Member
	keep     time.Duration // zero: nothing was found
}

// addresses lists the addresses of a name.
func (l *lookup) addresses(name dnsmessage.Name, kind dnsmessage.Type, port uint16) error {
	a, err := l.resolver.Lookup(l.ctx, name, kind)
	l.add(a, port, engine.Member{Weight: 1})
	return err
}

// holds notes for how long an answer holds.
func (l *lookup) holds(a dns.Answer) {
	if found := a.TTL > 0 || len(a.Records) > 0; found && (l.keep == 0 || a.TTL < l.keep) {
		l.keep = max(a.TTL, 1)
	}
}

// add lists the addresses of an answer with what else is known of them.
func (l *lookup) add(a dns.Answer, port uint16, m engine.Member) {
	l.holds(a)
	for _, r := range a.Records {
		switch body := r.Body.(type) {
		case *dnsmessage.AResource:
			m.Addr = netip.AddrPortFrom(netip.AddrFrom4(body.A), port)
		case *dnsmessage.AAAAResource:
			m.Addr = netip.AddrPortFrom(netip.AddrFrom16(body.AAAA), port)
		}
		if !l.there[m.Addr] {
			l.there[m.Addr] = true
			l.members = append(l.members, m)
		}
	}
}
