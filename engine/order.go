package engine

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"luavs/checks"
)

// Order is what a person wants of a server. Its JSON form is what the admin
// socket takes.
type Order struct {
	Do       string `json:"do"`                 // "drain", "maintenance" or "resume"
	Server   string `json:"server"`             // address and port, address alone for all of its ports, or name
	Service  string `json:"service,omitempty"`  // address such as "10.0.0.1:80" or "tcp 10.0.0.1:80", or name; empty for all
	Why      string `json:"why,omitempty"`      // for people; its first line is kept; not of resume
	Deadline string `json:"deadline,omitempty"` // such as "5m": what is left then is cut off; empty: as an order before says; not of resume
}

// Ordered is a server that an order was for, as it is now.
type Ordered struct {
	Service string    `json:"service"`
	Server  string    `json:"server"` // its address
	State   State     `json:"state"`
	Reason  string    `json:"reason"`
	Active  uint32    `json:"active_connections"` // at the last reading
	Until   time.Time `json:"until,omitzero"`     // when those are cut off; missing: not at a known time
}

// mark is what the order says; the zero Mark for resume.
func (o Order) mark(now time.Time) (Mark, error) {
	m := Mark{Kind: MarkKind(o.Do), Why: checks.OneLine(o.Why)}
	switch {
	case o.Do == "resume" && (o.Why != "" || o.Deadline != ""):
		return m, errors.New("resume takes no reason and no deadline")
	case o.Do == "resume":
		return Mark{}, nil
	case m.Kind != MarkDrain && m.Kind != MarkMaintenance:
		return m, fmt.Errorf("%q: want drain, maintenance or resume", checks.OneLine(o.Do))
	case o.Deadline == "":
		return m, nil
	}
	d, err := time.ParseDuration(o.Deadline)
	if err != nil || d < 0 {
		return m, fmt.Errorf(`deadline %q: want a duration such as "90s" or "5m"`, checks.OneLine(o.Deadline))
	}
	m.Until = now.Add(d)
	return m, nil
}

// station is a server that an order may be for.
type station struct {
	place
	key   serverKey
	mark  Mark
	state State
	guest bool // it serves because a policy names it, and does not belong to the service
}

// stations returns all servers of the loop, and who else serves.
func (m *member) stations() (all []station) {
	for _, key := range m.order {
		s := m.services[key]
		for _, srv := range s.servers {
			all = append(all, station{m.placeOf(s, srv), serverKey{key, srv.addr()}, srv.mark(), srv.state, false})
		}
		for _, d := range s.members {
			if s.server(d.Addr) == nil {
				at := place{m, key.String(), s.decl.Name, "", d.Addr.String()}
				all = append(all, station{place: at, guest: true})
			}
		}
	}
	return all
}

// meant returns whom of all the order is for.
func (o Order) meant(all []station) ([]station, error) {
	known := slices.DeleteFunc(slices.Clone(all), func(s station) bool { return !s.isServer(o.Server) })
	found := known
	if o.Service != "" {
		found = slices.DeleteFunc(slices.Clone(known), func(s station) bool { return !s.isService(o.Service) })
	}
	belong := slices.DeleteFunc(slices.Clone(found), func(s station) bool { return s.guest })
	marked := slices.DeleteFunc(slices.Clone(belong), func(s station) bool { return s.mark.Kind == "" })
	service := func(s station) string { return s.service }
	switch {
	case len(known) == 0:
		return nil, o.unknownServer(all)
	case len(found) == 0:
		return nil, fmt.Errorf("server %s is in no service %q; it is in %s", o.Server, checks.OneLine(o.Service), listed(names(known, service)))
	case len(belong) == 0:
		return nil, fmt.Errorf("server %s serves in %s because the policy names it, and does not belong to it: declare it with real_server, or change the policy",
			o.Server, listed(names(found, service)))
	case o.Do != "resume":
		return belong, nil
	case len(marked) == 0:
		return nil, fmt.Errorf("server %s is neither drained nor in maintenance in %s; it is %s", o.Server,
			listed(names(belong, service)), listed(names(belong, func(s station) string { return s.state.String() })))
	}
	return marked, nil
}

func (o Order) unknownServer(all []station) error {
	known := names(all, func(s station) string { return s.addr })
	if len(known) == 0 {
		return fmt.Errorf("no server %q: no policy has any servers", checks.OneLine(o.Server))
	}
	return fmt.Errorf("no server %q; there are %s", checks.OneLine(o.Server), listed(known))
}

// Order does what a person wants of a server, in all services that have it
// unless the order names one, and returns which these are. It outlives the
// process then, if there is a disk to keep it.
func (e *Engine) Order(ctx context.Context, o Order) (done []Ordered, err error) {
	mark, err := o.mark(time.Now())
	if err != nil {
		return nil, fmt.Errorf("%s: %w", cmp.Or(checks.OneLine(o.Do), "order"), err)
	}
	err = e.do(ctx, func(loops fleet) error {
		all, err := gather(ctx, loops, (*member).stations)
		if err != nil {
			return err
		}
		meant, err := o.meant(all)
		if err != nil {
			return fmt.Errorf("%s: %w", o.Do, err)
		}
		for _, s := range meant {
			if err := s.loop.do(ctx, func() error { return s.obey(mark) }); err != nil {
				return err
			}
			done = append(done, s.now())
		}
		return nil
	})
	e.records.sync(ctx)
	slices.SortFunc(done, func(a, b Ordered) int {
		return cmp.Or(cmp.Compare(a.Service, b.Service), cmp.Compare(a.Server, b.Server))
	})
	return done, err
}

// obey puts the mark on the server; the zero Mark takes off the one it has.
func (s station) obey(m Mark) error {
	if m.Kind == "" {
		return s.loop.resume(s.key)
	}
	return s.loop.mark(s.key, m)
}

// now returns the server as it is now.
func (s station) now() Ordered {
	done := Ordered{Service: s.service, Server: s.addr}
	v := s.loop.view(context.Background(), s.key.service)
	if v == nil {
		return done
	}
	if sv := v.Server(s.key.addr); sv != nil {
		done.State, done.Reason, done.Active, done.Until = sv.State, sv.Reason, sv.Active, sv.Mark.Until
	}
	for _, d := range v.Draining {
		if d.Destination.Addr == s.key.addr {
			done.Until = d.Until
		}
	}
	return done
}

func listed(words []string) string { return strings.Join(words, ", ") }
