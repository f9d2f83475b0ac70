package engine

import (
	"context"
	"fmt"
	"net/netip"
	"slices"
	"strings"
)

// maxNamed is how many choices a message lists.
const maxNamed = 20

// place is a server in a service, and the words it is known by.
type place struct {
	loop                        *member
	service, name, server, addr string
}

// placeOf returns that of a server of s.
func (m *member) placeOf(s *service, srv *server) place {
	return place{m, s.key().String(), s.decl.Name, srv.decl.Name, srv.addr().String()}
}

// isServer tells whether a word is for the server: its address, with or without
// the port, or its name.
func (p place) isServer(word string) bool {
	addr, err := netip.ParseAddrPort(p.addr)
	return word == p.addr || word == p.server || err == nil && word == addr.Addr().String()
}

// isService tells whether a word is for the service: its address, with or
// without the protocol, or its name.
func (p place) isService(word string) bool {
	return word == p.service || word == p.name || word != "" && strings.HasSuffix(p.service, " "+word)
}

// gather returns what of finds in each loop.
func gather[T any](ctx context.Context, loops fleet, of func(*member) []T) (all []T, err error) {
	for _, m := range loops {
		if err := m.do(ctx, func() error { all = append(all, of(m)...); return nil }); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// names returns the different words of all, in order; "one without a name" for
// an empty one.
func names[T any](all []T, of func(T) string) (words []string) {
	for _, a := range all {
		word := of(a)
		if word == "" {
			word = "one without a name"
		}
		words = append(words, word)
	}
	slices.Sort(words)
	words = slices.Compact(words)
	if len(words) > maxNamed {
		words = append(words[:maxNamed], fmt.Sprintf("and %d more", len(words)-maxNamed))
	}
	return words
}
