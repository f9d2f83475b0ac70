package engine

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strings"
	"time"

	"luavs/ipvs"
)

// Status is a copy of what all policies know and do. Its JSON form is what the
// status command prints; fields are added to it, never renamed.
type Status struct {
	Policies []PolicyStatus `json:"policies"` // by name

	// Paths count for the private services of all policies.
	Paths PathFigures `json:"paths"`

	// Problems say which policy files are not in force as they are, and why.
	// The engine does not know them; whoever loads the files adds them.
	Problems []string `json:"problems"`

	// State says why what is to outlive the daemon is not all on disk; empty if
	// it is. The engine does not know it either.
	State string `json:"state_problem,omitempty"`
}

// PolicyStatus is a copy of what one policy knows.
type PolicyStatus struct {
	Name     string          `json:"name"`
	Since    time.Time       `json:"since"`             // when its present text was put in force
	Problem  string          `json:"problem,omitempty"` // why it is not all as it should be: its network seems lost, or its probes start late
	Removed  bool            `json:"removed,omitempty"` // its file is gone, and its services are drained
	Figures  Figures         `json:"figures"`
	Services []ServiceStatus `json:"services"`

	// Restarted says how often and why the policy was put in force anew without a
	// change of its text.
	Restarted string `json:"restarted,omitempty"`
}

// ServiceStatus is a copy of what is known of a virtual server.
type ServiceStatus struct {
	Name      string         `json:"name"`
	Service   string         `json:"service"` // as [ipvs.ServiceKey] prints it
	Scheduler string         `json:"scheduler"`
	Settled   bool           `json:"settled"` // see [ServiceView]
	Quorum    Quorum         `json:"quorum,omitempty"`
	Problem   string         `json:"problem,omitempty"`
	Leaving   bool           `json:"leaving,omitempty"` // not declared any more; it is deleted when all is drained
	Foreign   bool           `json:"foreign,omitempty"` // somebody else's, and left alone
	Members   []MemberStatus `json:"members"`           // who serves
	Draining  []DrainStatus  `json:"draining"`          // who is on the way out
	Sources   []SourceStatus `json:"sources,omitempty"` // who says who belongs to it
	Servers   []ServerStatus `json:"servers"`           // who belongs to it, declared ones first
}

// SourceStatus is a copy of what is known of a source of servers.
type SourceStatus struct {
	Source  string    `json:"source"`
	Servers int       `json:"servers"`           // how many it lists
	At      time.Time `json:"at,omitzero"`       // of the last answer that could be used
	Problem string    `json:"problem,omitempty"` // why the last answer could not be used
}

// MemberStatus is a destination the kernel is to hold.
type MemberStatus struct {
	Addr    string `json:"addr"`
	Forward string `json:"forward"`
	Weight  int    `json:"weight"`
}

// DrainStatus is a destination of weight 0 that stays as long as it has active
// connections.
type DrainStatus struct {
	Addr     string    `json:"addr"`
	Why      string    `json:"why"`
	Since    time.Time `json:"since"`
	Until    time.Time `json:"until,omitzero"` // when connections that are left are cut off; missing: never
	Active   uint32    `json:"active_connections"`
	Inactive uint32    `json:"inactive_connections"`
	Hint     string    `json:"hint,omitempty"` // why connections may never end, and what to do
}

// ServerStatus is a copy of what is known of a real server.
type ServerStatus struct {
	Name     string        `json:"name"`
	Addr     string        `json:"addr"`
	Origin   string        `json:"origin,omitempty"` // "added", or the source that lists it; empty if it is declared
	Weight   int           `json:"weight"`           // as configured, or as it was last set
	Serves   int           `json:"effective_weight"` // when it serves: with what its checks advise
	State    State         `json:"state"`
	Since    time.Time     `json:"since"`
	Reason   string        `json:"reason"`
	Health   State         `json:"health"` // as its checks have it
	Mark     *Mark         `json:"mark,omitempty"`
	Flaps    int           `json:"flaps,omitempty"`     // how often it went down lately
	Held     time.Time     `json:"held_until,omitzero"` // it stays down until then; past if it is not held any more
	Active   uint32        `json:"active_connections"`
	Inactive uint32        `json:"inactive_connections"`
	Checks   []CheckStatus `json:"checks"`
}

// CheckStatus is a copy of what is known of one check on a server.
type CheckStatus struct {
	Check   string    `json:"check"`
	State   State     `json:"state"`
	Outcome string    `json:"outcome"` // of the last run
	Cause   string    `json:"cause,omitempty"`
	Reason  string    `json:"reason"`
	At      time.Time `json:"at"`
	TookMS  float64   `json:"took_ms"`
	Runs    uint64    `json:"runs"`
	Errors  uint64    `json:"errors"`
	Advice  string    `json:"advice,omitempty"` // on the weight, such as "weight 50 %"
}

// Status returns a copy of what every policy knows now. It is for use while
// Run runs.
func (e *Engine) Status(ctx context.Context) (Status, error) {
	status := Status{Policies: []PolicyStatus{}, Paths: e.paths.figures(), Problems: []string{}}
	err := e.do(ctx, func(loops fleet) error {
		for _, m := range loops {
			var p PolicyStatus
			if err := m.do(ctx, func() error { p = m.status(); p.Removed = m.retired; return nil }); err != nil {
				return err
			}
			status.Policies = append(status.Policies, p)
		}
		return nil
	})
	slices.SortFunc(status.Policies, func(a, b PolicyStatus) int { return strings.Compare(a.Name, b.Name) })
	return status, err
}

func (l *loop) status() PolicyStatus {
	p := PolicyStatus{Name: l.name, Since: l.since, Restarted: l.restarted, Problem: cmp.Or(l.network.problem(time.Now()), l.behind()), Figures: l.counted.export(time.Now()), Services: []ServiceStatus{}}
	for _, key := range l.order {
		p.Services = append(p.Services, l.serviceStatus(l.services[key]))
	}
	for _, key := range slices.SortedFunc(maps.Keys(l.leaving), ipvs.ServiceKey.Compare) {
		p.Services = append(p.Services, l.serviceStatus(l.leaving[key]))
	}
	return p
}

func (l *loop) serviceStatus(s *service) ServiceStatus {
	return serviceStatus(s.copy(l.name))
}

func serviceStatus(v *ServiceView) ServiceStatus {
	s := ServiceStatus{
		Name: v.Name, Service: v.Spec.ServiceKey.String(), Scheduler: v.Spec.Scheduler,
		Settled: v.Settled, Quorum: v.Quorum, Problem: v.Problem,
		Leaving: v.Leaving, Foreign: v.Foreign, Members: []MemberStatus{}, Draining: []DrainStatus{}, Servers: []ServerStatus{},
	}
	for _, d := range v.Draining {
		s.Draining = append(s.Draining, drainStatus(d, v.Sticky))
	}
	for _, m := range v.Serving() {
		s.Members = append(s.Members, memberStatus(m))
	}
	for _, src := range v.Sources {
		s.Sources = append(s.Sources, SourceStatus{Source: src.Name, Servers: src.Servers, At: src.At, Problem: src.Problem})
	}
	for _, srv := range v.Servers {
		s.Servers = append(s.Servers, serverStatus(srv))
	}
	return s
}

func memberStatus(d ipvs.Destination) MemberStatus {
	return MemberStatus{Addr: d.Addr.String(), Forward: d.Forward.String(), Weight: d.Weight}
}

func drainStatus(d Drain, sticky bool) DrainStatus {
	s := DrainStatus{
		Addr: d.Destination.Addr.String(), Why: d.Why, Since: d.Since, Until: d.Until, Active: d.Active, Inactive: d.Inactive,
	}
	if sticky {
		s.Hint = stickyHint
	}
	return s
}

func serverStatus(v *ServerView) ServerStatus {
	s := ServerStatus{
		Name: v.Name, Addr: v.Destination.Addr.String(), Origin: v.Origin, Weight: v.Configured, Serves: v.Destination.Weight,
		State: v.State, Since: v.Since, Reason: v.Reason, Flaps: v.Flaps, Held: v.HeldUntil, Active: v.Active, Inactive: v.Inactive,
		Health: v.Health, Checks: []CheckStatus{},
	}
	if v.Mark.Kind != "" {
		s.Mark = &v.Mark
	}
	for _, c := range v.Checks {
		s.Checks = append(s.Checks, CheckStatus{
			Check: c.ID, State: c.State, Outcome: c.Last.Outcome.String(), Cause: string(c.Last.Cause),
			Reason: c.Last.Reason, At: c.At, TookMS: float64(c.Last.Took) / float64(time.Millisecond),
			Runs: c.Runs, Errors: c.Errors, Advice: c.Advice.String(),
		})
	}
	return s
}
