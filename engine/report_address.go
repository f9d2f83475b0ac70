package engine

import (
	"fmt"
	"slices"
	"strings"
)

// addressed returns whom of all the report is for.
func (r Report) addressed(all []addressee) ([]addressee, error) {
	meant := slices.DeleteFunc(slices.Clone(all), func(a addressee) bool { return !a.isServer(r.Server) })
	if len(meant) == 0 {
		return nil, unknownWord("server", r.Server, all, func(a addressee) string { return a.addr })
	}
	known := meant
	if r.Service != "" {
		meant = slices.DeleteFunc(slices.Clone(known), func(a addressee) bool { return !a.isService(r.Service) })
	}
	if len(meant) == 0 {
		return nil, unknownWord("service", r.Service, known, func(a addressee) string { return a.service })
	}
	known = meant
	if r.Check != "" {
		meant = slices.DeleteFunc(slices.Clone(known), func(a addressee) bool { return r.Check != a.check })
	}
	named := names(known, func(a addressee) string { return a.check })
	switch {
	case len(meant) == 0:
		return nil, unknownWord("check", r.Check, known, func(a addressee) string { return a.check })
	case r.Check == "" && len(named) > 1:
		return nil, fmt.Errorf("server %s has several checks that wait for reports, say which: %s", r.Server, strings.Join(named, ", "))
	}
	return meant, nil
}

// unknownWord says that nobody is known by a word, and who there is.
func unknownWord(kind, word string, all []addressee, of func(addressee) string) error {
	known := names(all, of)
	if len(known) == 0 {
		return fmt.Errorf("no check waits for reports: give server %q a check.ttl", word)
	}
	return fmt.Errorf("no %s %q has a check that waits for reports; there are %s", kind, word, strings.Join(known, ", "))
}
