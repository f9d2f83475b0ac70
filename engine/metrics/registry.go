package metrics

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"sync"
)

// Limits of what policies count.
const (
	MaxNames  = 100  // of one policy
	MaxSeries = 1000 // figures of one policy
	MaxLabels = 10   // of one figure
	MaxValue  = 256  // bytes of a label's value, and of a name
	MaxHelp   = 1024 // bytes
)

// reserved begins the names of the daemon's own figures.
const reserved = "luavs_"

// policyLabel names the policy in each of its figures.
const policyLabel = "policy"

// A Registry keeps the figures that policies count, over reloads.
type Registry struct {
	mu       sync.Mutex
	families map[string]*family
	names    map[string]map[string]bool // by policy, those it has declared
	series   map[string]int             // by policy, how many it has
}

// A family is the figures of one name, of all policies.
type family struct {
	Family
	values map[string]*series // by policy and labels
}

// series is one figure of a policy.
type series struct {
	policy string
	Sample
}

// NewRegistry returns a registry without figures.
func NewRegistry() *Registry {
	return &Registry{families: map[string]*family{}, names: map[string]map[string]bool{}, series: map[string]int{}}
}

// A Metric is a name under which a policy counts.
type Metric struct {
	registry           *Registry
	policy, name, help string
	kind               Kind
}

// Declare makes a name known. What it is for is the same for all who use it: an
// error says what is wrong with the name, that it is another kind already, or
// that the policy has too many.
func (r *Registry) Declare(policy, name, help string, kind Kind) (*Metric, error) {
	switch {
	case !valid(name, true):
		return nil, fmt.Errorf(`want a name of letters, digits and _ such as "shop_orders_total", got %.60q`, name)
	case strings.HasPrefix(name, reserved):
		return nil, fmt.Errorf("names that begin with %s are LuaVS's own, got %q", reserved, name)
	case len(help) > MaxHelp:
		return nil, fmt.Errorf("the help of %s is longer than %d bytes", name, MaxHelp)
	}
	m := &Metric{r, policy, name, help, kind}
	r.mu.Lock()
	defer r.mu.Unlock()
	_, err := m.family()
	return m, err
}

// family returns the figures of the name, made if they are missing. The
// registry's lock must be held.
func (m *Metric) family() (*family, error) {
	r := m.registry
	f := r.families[m.name]
	if f != nil && f.Kind != m.kind {
		return nil, fmt.Errorf("%s is a %s already, here or in another policy", m.name, f.Kind)
	}
	if r.names[m.policy] == nil {
		r.names[m.policy] = map[string]bool{}
	}
	if names := r.names[m.policy]; !names[m.name] {
		if len(names) >= MaxNames {
			return nil, fmt.Errorf("this policy counts under %d names, which is the limit", MaxNames)
		}
		names[m.name] = true
	}
	if f == nil {
		f = &family{Family: Family{Name: m.name, Kind: m.kind}, values: map[string]*series{}}
		r.families[m.name] = f
	}
	if m.help != "" {
		f.Help = m.help
	}
	return f, nil
}

// Change changes a figure: change gets what it was, zero at first. An error says
// what is wrong with the labels, or that the policy has too many figures.
func (m *Metric) Change(labels []Label, change func(float64) float64) error {
	labels = slices.SortedFunc(slices.Values(labels), func(a, b Label) int { return strings.Compare(a.Name, b.Name) })
	if err := mistake(labels); err != nil {
		return err
	}
	labels = append([]Label{{policyLabel, m.policy}}, labels...)
	r := m.registry
	r.mu.Lock()
	defer r.mu.Unlock()
	f, err := m.family()
	if err != nil {
		return err
	}
	key := labelText(labels)
	s := f.values[key]
	if s == nil {
		if r.series[m.policy] >= MaxSeries {
			return fmt.Errorf("this policy has %d figures, which is the limit: use fewer different labels", MaxSeries)
		}
		r.series[m.policy]++
		s = &series{policy: m.policy, Sample: Sample{Labels: labels}}
		f.values[key] = s
	}
	s.Value = change(s.Value)
	return nil
}

// mistake says what is wrong with labels.
func mistake(labels []Label) error {
	if len(labels) > MaxLabels {
		return fmt.Errorf("%d labels: want at most %d", len(labels), MaxLabels)
	}
	for _, l := range labels {
		switch {
		case !valid(l.Name, false) || strings.HasPrefix(l.Name, "__") || l.Name == policyLabel:
			return fmt.Errorf("label %.60q: want a name of letters, digits and _ other than %q", l.Name, policyLabel)
		case len(l.Value) > MaxValue:
			return fmt.Errorf("label %s: a value of %d bytes: want at most %d", l.Name, len(l.Value), MaxValue)
		}
	}
	return nil
}

var metricName = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[a-zA-Z_:][a-zA-Z0-9_:]*$`) })

// valid tells whether a name is one; those of labels have no colon.
func valid(name string, colon bool) bool {
	return len(name) <= MaxValue && metricName().MatchString(name) && (colon || !strings.Contains(name, ":"))
}

// Forget forgets the figures of a policy that is gone.
func (r *Registry) Forget(policy string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.series, policy)
	delete(r.names, policy)
	for name, f := range r.families {
		maps.DeleteFunc(f.values, func(_ string, s *series) bool { return s.policy == policy })
		if len(f.values) == 0 {
			delete(r.families, name)
		}
	}
}

// Families returns a copy of all figures, sorted.
func (r *Registry) Families() []Family {
	r.mu.Lock()
	defer r.mu.Unlock()
	var all []Family
	for _, name := range slices.Sorted(maps.Keys(r.families)) {
		f := r.families[name]
		copied := f.Family
		for _, key := range slices.Sorted(maps.Keys(f.values)) {
			copied.Samples = append(copied.Samples, f.values[key].Sample)
		}
		all = append(all, copied)
	}
	return all
}
