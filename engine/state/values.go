package state

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"
)

// Limits of what one policy may keep.
const (
	MaxName   = 256      // bytes of a name
	MaxValue  = 64 << 10 // bytes of a value as JSON
	MaxValues = 1 << 20  // bytes of all names and values, with perValue for each
)

// perValue is what a value counts for beside its own bytes, so that their
// number is bounded too.
const perValue = 64

// Values are what one policy keeps under names. Its methods may be called by
// any goroutine.
type Values struct {
	store  *Store
	policy string

	mu   sync.Mutex
	all  map[string]value
	size int
}

// value is a value as JSON, and until when it is kept; zero: for good.
type value struct {
	JSON    json.RawMessage `json:"value"`
	Expires time.Time       `json:"expires,omitzero"`
}

func (v value) expired(now time.Time) bool { return !v.Expires.IsZero() && !now.Before(v.Expires) }

func cost(name string, v value) int { return len(name) + len(v.JSON) + perValue }

// Values returns the values of a policy. They are the same as long as the
// store lasts.
func (s *Store) Values(policy string) *Values {
	s.mu.Lock()
	defer s.mu.Unlock()
	v := s.values[policy]
	if v == nil {
		v = &Values{store: s, policy: policy, all: map[string]value{}}
		s.values[policy] = v
	}
	return v
}

// Get returns the JSON of a value that is there and has not expired.
func (v *Values) Get(name string) ([]byte, bool) {
	v.mu.Lock()
	defer v.mu.Unlock()
	found, ok := v.all[name]
	if ok && found.expired(time.Now()) {
		v.remove(name)
		return nil, false
	}
	return found.JSON, ok
}

// Set keeps a value, which must be JSON, until a time; the zero time is for
// good. It takes the place of one of the same name.
func (v *Values) Set(name string, text []byte, expires time.Time) error {
	switch {
	case name == "":
		return fmt.Errorf("a value needs a name")
	case len(name) > MaxName:
		return fmt.Errorf("the name is %d bytes long, want at most %d", len(name), MaxName)
	case len(text) > MaxValue:
		return fmt.Errorf("the value is %d bytes long as JSON, want at most %d", len(text), MaxValue)
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	fresh, more := value{text, expires}, 0
	if old, there := v.all[name]; there {
		more = -cost(name, old)
	}
	more += cost(name, fresh)
	if v.size+more > MaxValues {
		v.expire(name)
	}
	if v.size+more > MaxValues {
		return fmt.Errorf("the values of this policy would be %d bytes long, want at most %d: delete some, or give them a ttl", v.size+more, MaxValues)
	}
	v.all[name] = fresh
	v.size += more
	v.store.put(v.entry(name), fresh)
	return nil
}

// Delete forgets a value and tells whether it was there.
func (v *Values) Delete(name string) bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	old, there := v.all[name]
	if there {
		v.remove(name)
	}
	return there && !old.expired(time.Now())
}

// Names returns the names that begin with a prefix, sorted.
func (v *Values) Names(prefix string) []string {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.expire("")
	var names []string
	for _, name := range slices.Sorted(maps.Keys(v.all)) {
		if strings.HasPrefix(name, prefix) {
			names = append(names, name)
		}
	}
	return names
}

// expire forgets what has expired, but for one name.
func (v *Values) expire(but string) {
	now := time.Now()
	for name, old := range v.all {
		if name != but && old.expired(now) {
			v.remove(name)
		}
	}
}

func (v *Values) remove(name string) {
	v.size -= cost(name, v.all[name])
	delete(v.all, name)
	v.store.put(v.entry(name), nil)
}

func (v *Values) entry(name string) entry { return entry{values, v.policy + "\x00" + name} }

// KeepOnly forgets the values of all policies but some.
func (s *Store) KeepOnly(policies []string) {
	s.mu.Lock()
	var gone []*Values
	for name, v := range s.values {
		if !slices.Contains(policies, name) {
			gone = append(gone, v)
		}
	}
	s.mu.Unlock()
	for _, v := range gone {
		v.mu.Lock()
		for name := range v.all {
			v.remove(name)
		}
		v.mu.Unlock()
	}
}

// loadValues takes over the values that the file held.
func (s *Store) loadValues() error {
	for e, text := range s.whole {
		if e.bucket != values {
			continue
		}
		policy, name, ok := strings.Cut(e.key, "\x00")
		var v value
		if err := json.Unmarshal(text, &v); err != nil || !ok {
			return fmt.Errorf("%w: the value %.80q", errDamaged, e.key)
		}
		if v.expired(time.Now()) {
			delete(s.whole, e)
			continue
		}
		of := s.Values(policy)
		of.all[name] = v
		of.size += cost(name, v)
	}
	return nil
}
