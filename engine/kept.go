package engine

import (
	"context"
	"net/netip"
	"slices"
	"sync"
	"time"

	"luavs/checks"
	"luavs/ipvs"
)

// A Keeper keeps what must outlive the process. What it is given never changes
// afterwards.
type Keeper interface {
	// Recall returns what was kept when the process started.
	Recall() map[ipvs.ServiceKey]*Kept

	// Keep replaces what is kept of a service; nil is that it is not ours any
	// more. It does not wait for a disk.
	Keep(key ipvs.ServiceKey, k *Kept)

	// Sync waits until all that Keep was given is on disk.
	Sync(ctx context.Context) error
}

// Kept is what is kept of a service that is ours. Fields are added to it, never
// renamed: a later version reads what an earlier one has written.
type Kept struct {
	Policy  string       `json:"policy"` // that declared it last
	Name    string       `json:"name"`   // that it had then, for people
	Servers []KeptServer `json:"servers,omitempty"`
	Added   []Added      `json:"added,omitempty"`  // those of the servers that the policy's text does not declare
	Drains  []KeptDrain  `json:"drains,omitempty"` // who is on the way out of the table
	Quorum  Quorum       `json:"quorum,omitempty"` // by the last decision
	Step    *KeptStep    `json:"step,omitempty"`   // of [MaxChange] that is under way

	// How long its connections may stay when it is given up.
	Drain time.Duration `json:"drain,omitempty"`
}

// KeptServer is what is kept of a server of a service.
type KeptServer struct {
	Addr   netip.AddrPort `json:"addr"`
	Mark   *Mark          `json:"mark,omitempty"`
	State  State          `json:"state"`  // as its mark has it, or else its checks
	Health State          `json:"health"` // as its checks have it
	Since  time.Time      `json:"since"`
	Reason string         `json:"reason,omitempty"`
	Failed bool           `json:"failed,omitempty"` // it is down, and a check has failed since it was up
	Serves bool           `json:"serves,omitempty"` // the last decision gave it a weight above zero

	Weight   int `json:"weight"`   // as it was last set
	Declared int `json:"declared"` // as the policy's text had it

	Drain time.Duration `json:"drain,omitempty"` // how long its connections may stay when it leaves

	Flaps     int           `json:"flaps,omitempty"`
	Held      time.Duration `json:"held,omitempty"` // how long it is held down, in nanoseconds
	HeldUntil time.Time     `json:"held_until,omitzero"`
	RampSince time.Time     `json:"ramp_since,omitzero"`

	Checks   []KeptCheck `json:"checks,omitempty"`
	Combined *KeptCheck  `json:"combined,omitempty"` // what the Combiner said
}

// KeptCheck is what is kept of a check on a server.
type KeptCheck struct {
	ID     string        `json:"id,omitempty"`
	State  State         `json:"state"`
	Streak int32         `json:"streak,omitempty"`
	Lean   int32         `json:"lean,omitempty"` // how far the streak goes, of 2^30
	Advice checks.Advice `json:"advice,omitzero"`
	Reason string        `json:"reason,omitempty"`
	Cause  checks.Cause  `json:"cause,omitempty"`
	Memory string        `json:"memory,omitempty"` // what the check asked to be told at its next run
	At     time.Time     `json:"at,omitzero"`
}

// KeptDrain is what is kept of a [Drain].
type KeptDrain struct {
	Addr   netip.AddrPort `json:"addr"`
	Weight int            `json:"weight"` // with which it served
	Why    string         `json:"why,omitempty"`
	Since  time.Time      `json:"since"`
	Until  time.Time      `json:"until,omitzero"`
}

// KeptStep is what is kept of a step of [MaxChange].
type KeptStep struct {
	Since time.Time        `json:"since"`
	Began []netip.AddrPort `json:"began"`          // who served then
	Held  []netip.AddrPort `json:"held,omitempty"` // who is to leave and serves on until the next one
}

// same tells whether two records say the same, but for the words and times of
// answers that changed nothing.
func (k *Kept) same(o *Kept) bool {
	return k != nil && o != nil && k.Policy == o.Policy && k.Name == o.Name && k.Drain == o.Drain && k.Quorum == o.Quorum &&
		k.Step.same(o.Step) && slices.EqualFunc(k.Drains, o.Drains, KeptDrain.same) &&
		slices.Equal(k.Added, o.Added) && slices.EqualFunc(k.Servers, o.Servers, KeptServer.same)
}

func (k KeptServer) same(o KeptServer) bool {
	if (k.Combined == nil) != (o.Combined == nil) || k.Combined != nil && !k.Combined.same(*o.Combined) {
		return false
	}
	if (k.Mark == nil) != (o.Mark == nil) || k.Mark != nil && !k.Mark.same(*o.Mark) {
		return false
	}
	return k.Addr == o.Addr && k.State == o.State && k.Health == o.Health && k.Since.Equal(o.Since) && k.Failed == o.Failed && k.Serves == o.Serves &&
		k.Weight == o.Weight && k.Declared == o.Declared && k.Drain == o.Drain &&
		k.Flaps == o.Flaps && k.HeldUntil.Equal(o.HeldUntil) && k.RampSince.Equal(o.RampSince) &&
		slices.EqualFunc(k.Checks, o.Checks, KeptCheck.same)
}

func (k *KeptStep) same(o *KeptStep) bool {
	if k == nil || o == nil {
		return k == o
	}
	return k.Since.Equal(o.Since) && slices.Equal(k.Began, o.Began) && slices.Equal(k.Held, o.Held)
}

func (k KeptDrain) same(o KeptDrain) bool {
	return k.Addr == o.Addr && k.Weight == o.Weight && k.Since.Equal(o.Since) && k.Until.Equal(o.Until)
}

func (m Mark) same(o Mark) bool {
	return m.Kind == o.Kind && m.Why == o.Why && m.Since.Equal(o.Since) && m.Until.Equal(o.Until) && m.Out.Equal(o.Out)
}

func (k KeptCheck) same(o KeptCheck) bool {
	return k.ID == o.ID && k.State == o.State && k.Streak == o.Streak && k.Lean == o.Lean && k.Advice == o.Advice
}

// records is what was kept before, until a loop takes it over, and who keeps
// what is now. Without a keeper nothing is. Every goroutine may use it.
type records struct {
	keeper Keeper // nil: nothing is kept

	mu    sync.Mutex
	old   map[ipvs.ServiceKey]*Kept
	owned map[ipvs.ServiceKey]bool
	hold  bool                     // what is not declared any more is for another policy, until [Engine.Release]
	safe  map[ipvs.ServiceKey]bool // known as ours on the disk, as far as that takes anything
}

func newRecords() *records {
	return &records{old: map[ipvs.ServiceKey]*Kept{}, owned: map[ipvs.ServiceKey]bool{}, safe: map[ipvs.ServiceKey]bool{}}
}

// UseKeeper has the engine keep what must outlive the process, and start from
// what was kept. It is for use before Run.
func (e *Engine) UseKeeper(k Keeper) {
	e.records.keeper = k
	for key, kept := range k.Recall() {
		e.records.old[key] = kept
		e.records.owned[key], e.records.safe[key] = true, true
	}
}

// claimed tells whether a service is known to be ours: one that a policy has
// put in force since the start, or that was kept as ours.
func (r *records) claimed(key ipvs.ServiceKey) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.owned[key]
}

// claim makes a service ours.
func (r *records) claim(key ipvs.ServiceKey) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.owned[key] = true
}

// disclaim makes it nobody's.
func (r *records) disclaim(key ipvs.ServiceKey) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.owned, key)
}

// take returns what was kept of a service before, once, or nil.
func (r *records) take(key ipvs.ServiceKey) *Kept {
	r.mu.Lock()
	defer r.mu.Unlock()
	k := r.old[key]
	delete(r.old, key)
	return k
}

// put gives back what was taken, or what is known of a service now, for a policy
// that takes it over. Nil is nothing.
func (r *records) put(key ipvs.ServiceKey, k *Kept) {
	if k == nil {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.old[key] = k
}

// setHold has services that are not declared any more wait for another policy, or
// ends that.
func (r *records) setHold(hold bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.hold = hold
}

func (r *records) holds() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.hold
}

// of returns what was kept of a service before, or nil, and leaves it.
func (r *records) of(key ipvs.ServiceKey) *Kept {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.old[key]
}

// left returns which services were ours before and nobody has taken, by the
// policy that had them.
func (r *records) left() map[string][]ipvs.ServiceKey {
	r.mu.Lock()
	defer r.mu.Unlock()
	left := map[string][]ipvs.ServiceKey{}
	for key, k := range r.old {
		left[k.Policy] = append(left[k.Policy], key)
	}
	return left
}

// keep keeps what is known of a service from now on; nil: it is not ours.
func (r *records) keep(key ipvs.ServiceKey, k *Kept) {
	r.mu.Lock()
	if r.owned[key] = true; k == nil {
		delete(r.owned, key)
		delete(r.safe, key)
	}
	r.mu.Unlock()
	if r.keeper != nil {
		r.keeper.Keep(key, k)
	}
}

// secure waits until services of which the kernel is about to be changed are known
// as ours on the disk: of one that is not, a process that is killed in between
// would leave what nobody gives up any more. The disk is asked once for each.
func (r *records) secure(ctx context.Context, steps []Step) {
	if r.keeper == nil {
		return
	}
	r.mu.Lock()
	before := len(r.safe)
	for _, step := range steps {
		r.safe[step.Service.ServiceKey] = true
	}
	fresh := len(r.safe) > before
	r.mu.Unlock()
	if fresh {
		r.sync(ctx)
	}
}

// syncWithin is how long the disk is waited for.
const syncWithin = time.Second

// sync waits until what is to be kept is on disk. A disk that refuses or takes
// too long stops nobody; the keeper says so.
func (r *records) sync(ctx context.Context) {
	if r.keeper == nil {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, syncWithin)
	defer cancel()
	r.keeper.Sync(ctx)
}
