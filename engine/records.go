package engine

import (
	"context"
	"sync"
	"time"

	"luavs/ipvs"
)

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

// isSafe tells whether a service of which the kernel is about to be changed is
// known as ours on the disk: of one that is not, a process that is killed in
// between would leave what nobody gives up any more.
func (r *records) isSafe(key ipvs.ServiceKey) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.keeper == nil || r.safe[key]
}

// secure waits until services are known as ours on the disk. The disk is asked
// once for each: if it refuses, or takes too long, the kernel is changed all the same.
func (r *records) secure(ctx context.Context, keys []ipvs.ServiceKey) {
	r.sync(ctx)
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, key := range keys {
		r.safe[key] = true
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
