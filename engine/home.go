package engine

import (
	"maps"
	"net/netip"

	"luavs/checks"
	"luavs/ipvs"
)

// home is the machine we run on: a [checks.Machine].
type home interface {
	// Addrs returns its addresses; nobody changes them afterwards.
	Addrs() map[netip.Addr]bool

	// Unheard says why it hears no packets from an address, or nothing.
	Unheard(from netip.Addr) string
}

// lookHome notes which checks ask nobody beyond this machine, whose addresses
// may have changed.
func (l *loop) lookHome() {
	if l.home == nil || l.network.rule == (Isolation{}) {
		return
	}
	own := l.home.Addrs()
	if maps.Equal(own, l.addrs) {
		return
	}
	l.addrs = own
	for _, srv := range l.servers() {
		for _, w := range srv.checks {
			w.locate(own)
		}
	}
}

// locate notes whether a check stays here. Then its silence says nothing.
func (w *watch) locate(own map[netip.Addr]bool) {
	if w.stays = w.staysHere(own); w.stays {
		w.silent = nil
	}
}

// staysHere tells whether a check asks nobody beyond this machine, which has the
// addresses own.
func (w *watch) staysHere(own map[netip.Addr]bool) bool {
	if _, isFile := w.check.Probe.(filed); isFile || w.check.awaits() > 0 {
		return true
	}
	u, to := w.users[0], w.whom()
	if u.decl.Destination.Forward == ipvs.Local && to == u.addr().Addr() {
		return true
	}
	to = to.Unmap().WithZone("")
	return to.IsLoopback() || own[to]
}

// whom returns the address that is to answer a check.
func (w *watch) whom() netip.Addr {
	addr := w.users[0].addr()
	if w.check.ViaService { // it asks an address of our own, by a way to the server
		return addr.Addr()
	}
	return w.check.asked(addr).Addr()
}

// heard corrects the result of a check that asked by a path and got no answer,
// if this machine would not have heard one: that says nothing about the server.
func (l *loop) heard(w *watch, r checks.Result) checks.Result {
	if !w.check.ViaService || r.Cause != checks.Timeout || l.home == nil {
		return r
	}
	u := w.users[0]
	if f := u.decl.Destination.Forward; f != ipvs.Direct && f != ipvs.Tunnel {
		return r
	}
	if why := l.home.Unheard(u.service.key().Addr.Addr()); why != "" {
		r.Outcome, r.Cause, r.Reason = checks.Unknown, checks.Local, why
	}
	return r
}
