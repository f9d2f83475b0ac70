package dns

import (
	"context"
	"net/netip"
	"strings"
	"time"

	"golang.org/x/net/dns/dnsmessage"
)

// A Resolver asks name servers.
type Resolver struct {
	Servers []netip.AddrPort // asked one after another; at least one
	Search  []string         // domains in which [Resolver.Find] looks for a name
	Dots    int              // a name with fewer is looked for in Search first
}

// An Answer is what there is of a name.
type Answer struct {
	Records []dnsmessage.Resource // of the type asked for; none if the name does not exist
	TTL     time.Duration         // the shortest time to live of Records and of the CNAMEs that lead to them
}

// Lookup asks for a whole name, each server twice if need be, and ends with ctx,
// which should have a deadline. The error says which server was asked last, and
// what was wrong; it is [ErrSilent] if nothing came.
func (r Resolver) Lookup(ctx context.Context, name dnsmessage.Name, kind dnsmessage.Type) (Answer, error) {
	all, err := r.exchange(ctx, NewQuery(name, kind))
	a := Answer{}
	for i, record := range all {
		if ttl := time.Duration(record.Header.TTL) * time.Second; i == 0 || ttl < a.TTL {
			a.TTL = ttl
		}
		if record.Header.Type == kind {
			a.Records = append(a.Records, record)
		}
	}
	return a, err
}

// Find asks for a name as people write it: one without a last dot is looked for
// in the search domains as well (resolv.conf(5)), and the first that has records
// of the type counts. Where none has, the first error does.
func (r Resolver) Find(ctx context.Context, text string, kind dnsmessage.Type) (a Answer, err error) {
	for _, full := range r.candidates(text) {
		name, wrong := NewName(full)
		if wrong == nil {
			a, wrong = r.Lookup(ctx, name, kind)
		}
		if wrong == nil && len(a.Records) > 0 {
			return a, nil
		}
		if err == nil {
			err = wrong
		}
		if ctx.Err() != nil {
			break
		}
	}
	return Answer{}, err
}

// candidates are the whole names that a text may stand for, in the order to try
// them.
func (r Resolver) candidates(text string) []string {
	if strings.HasSuffix(text, ".") {
		return []string{text}
	}
	all := []string{text}
	for _, domain := range r.Search {
		if domain = strings.Trim(domain, "."); domain != "" {
			all = append(all, text+"."+domain)
		}
	}
	if strings.Count(text, ".") < r.Dots {
		return append(all[1:], text)
	}
	return all
}
