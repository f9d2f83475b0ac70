package source

import (
	"context"
	"fmt"
	"net/netip"
	"strings"
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
		err = l.addresses(name, dns.TypeOf(d.Type), d.Port, engine.Member{Weight: 1})
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

// ask returns the records of a type that a name has.
func (l *lookup) ask(name dnsmessage.Name, kind dnsmessage.Type) ([]dnsmessage.Resource, error) {
	a, err := l.resolver.Lookup(l.ctx, name, kind)
	if found := a.TTL > 0 || len(a.Records) > 0; found && (l.keep == 0 || a.TTL < l.keep) {
		l.keep = max(a.TTL, 1)
	}
	return a.Records, err
}

// addresses lists the addresses of a name with what else is known of them.
func (l *lookup) addresses(name dnsmessage.Name, kind dnsmessage.Type, port uint16, m engine.Member) error {
	records, err := l.ask(name, kind)
	for _, r := range records {
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
	return err
}

// services lists the addresses of the targets of a name's SRV records. Those
// of the lowest priority number are to be used. A weight of 0 says that there
// is no preference, and in IPVS that a server gets nothing: it counts as 1.
func (l *lookup) services(name dnsmessage.Name, kind dnsmessage.Type) error {
	records, err := l.ask(name, dnsmessage.TypeSRV)
	if err != nil || len(records) == 0 {
		return err
	}
	best := records[0].Body.(*dnsmessage.SRVResource).Priority
	for _, r := range records {
		best = min(best, r.Body.(*dnsmessage.SRVResource).Priority)
	}
	for _, r := range records {
		srv := r.Body.(*dnsmessage.SRVResource)
		target := srv.Target.String()
		if srv.Priority != best || target == "." {
			continue
		}
		m := engine.Member{Name: strings.TrimSuffix(target, "."), Weight: max(1, int(srv.Weight))}
		if err := l.addresses(srv.Target, kind, srv.Port, m); err != nil {
			return fmt.Errorf("target %s: %w", target, err)
		}
	}
	return nil
}
