package engine

import (
	"context"
	"errors"
	"net/netip"
	"sync/atomic"

	"luavs/ipvs"
)

// ErrNotInForce is the answer of a Handle whose policy is not in force yet or
// has been replaced.
var ErrNotInForce = errors.New("this policy is not in force")

// A Handle is how the code of a policy speaks to the loop that runs it. The
// zero Handle is ready to be put into a Config. Until that config is in force,
// and after it has been replaced, every method answers [ErrNotInForce]: old
// code can no longer change anything.
type Handle struct {
	loop atomic.Pointer[loop]
	over atomic.Bool
}

// Over tells whether the policy was in force and is not any more.
func (h *Handle) Over() bool { return h.over.Load() }

// AtHand returns the present view of a service of the policy if the loop need not
// be waited for, else nil.
func (h *Handle) AtHand(key ipvs.ServiceKey) *ServiceView {
	if l := h.loop.Load(); l != nil {
		return l.atHand(key)
	}
	return nil
}

// View returns the present view of a service of the policy. The loop makes it if
// there is none at hand: whom the loop calls, such as an [Observer], must not ask.
func (h *Handle) View(key ipvs.ServiceKey) (*ServiceView, error) {
	l := h.loop.Load()
	if l == nil {
		return nil, ErrNotInForce
	}
	if v := l.view(context.Background(), key); v != nil {
		return v, nil
	}
	return nil, ErrNotInForce
}

// Start adds a job; cancel takes it out again, and does not wait for a run of
// it that is going on.
func (h *Handle) Start(ctx context.Context, j Job) (cancel func(), err error) {
	err = h.do(ctx, func(l *loop) error {
		started := l.startJob(j)
		cancel = func() { l.send(func() { l.stopJob(started) }) }
		return nil
	})
	return cancel, err
}

// SetWeight changes the weight a server has when it serves, 0 to 2147483647.
// It holds until the policy's text declares another weight for it.
func (h *Handle) SetWeight(ctx context.Context, key ipvs.ServiceKey, addr netip.AddrPort, weight int) error {
	return h.do(ctx, func(l *loop) error { return l.setWeight(key, addr, weight) })
}

// Decide has the policy of a service decide anew, though nothing that the loop
// knows of has changed.
func (h *Handle) Decide(ctx context.Context, key ipvs.ServiceKey) error {
	return h.do(ctx, func(l *loop) error {
		s := l.services[key]
		if s == nil {
			return ErrNotInForce
		}
		l.touch(s)
		return nil
	})
}

// Mark keeps a server out of its service until it is resumed, in place of the
// mark it may have. Since and Out of m are the loop's. Once Mark has returned, the
// mark outlives the process, if there is a disk to keep it.
func (h *Handle) Mark(ctx context.Context, key ipvs.ServiceKey, addr netip.AddrPort, m Mark) error {
	return h.lasting(ctx, func(l *loop) error { return l.mark(serverKey{key, addr}, m) })
}

// Resume takes the mark off a server; one without a mark stays as it is. Like a
// mark, that outlives the process once Resume has returned.
func (h *Handle) Resume(ctx context.Context, key ipvs.ServiceKey, addr netip.AddrPort) error {
	return h.lasting(ctx, func(l *loop) error { return l.resume(serverKey{key, addr}) })
}

// Add has a server join a service until Remove takes it out again or the
// policy's text declares it; over reloads it stays. If it has joined already, it
// takes the new name and weight. An error says why it cannot join.
func (h *Handle) Add(ctx context.Context, key ipvs.ServiceKey, m Member) error {
	return h.do(ctx, func(l *loop) error { return l.addMember(key, m) })
}

// Remove takes out a server that Add had join. An error says why it cannot:
// others are declared, or listed by a source.
func (h *Handle) Remove(ctx context.Context, key ipvs.ServiceKey, addr netip.AddrPort) error {
	return h.do(ctx, func(l *loop) error { return l.removeMember(key, addr) })
}

// lasting is do, and waits until what f changed is on disk.
func (h *Handle) lasting(ctx context.Context, f func(*loop) error) error {
	var kept *records
	err := h.do(ctx, func(l *loop) error {
		kept = l.records
		return f(l)
	})
	if err == nil {
		kept.sync(ctx)
	}
	return err
}

// do runs f in the loop and waits for its answer.
func (h *Handle) do(ctx context.Context, f func(*loop) error) error {
	l := h.loop.Load()
	if l == nil {
		return ErrNotInForce
	}
	return l.do(ctx, func() error {
		if h.loop.Load() != l {
			return ErrNotInForce
		}
		return f(l)
	})
}
