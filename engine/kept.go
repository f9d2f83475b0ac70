package engine

import (
	"context"
	"net/netip"
	"slices"
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
