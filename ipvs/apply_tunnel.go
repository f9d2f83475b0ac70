package ipvs

import (
	"fmt"
	"slices"
	"syscall"
)

// confirm sees whether the kernel knows an encapsulation, unless it is known:
// it reads the last destination back that was to have it.
func (a *applying) confirm(t TunnelType) {
	if a.client.confirmed[t] || a.lost != nil {
		return
	}
	for i := len(a.changes) - 1; i >= 0; i-- {
		if a.made(i, t) {
			if !a.touched(i) {
				a.readBack(i, t)
			}
			return
		}
	}
}

// made says if change i made a destination with the encapsulation.
func (a *applying) made(i int, t TunnelType) bool {
	c := a.changes[i]
	return (c.Op == AddDestination || c.Op == SetDestination) && c.Destination.Encapsulation.Type == t &&
		(a.errs == nil || a.errs[i] == nil)
}

// touched says if a change behind i may have made something else of the
// destination.
func (a *applying) touched(i int) bool {
	c := a.changes[i]
	return slices.ContainsFunc(a.changes[i+1:], func(later Change) bool {
		return later.Service.ServiceKey == c.Service.ServiceKey &&
			(later.Op == DelService || later.Op >= AddDestination && later.Destination.Addr == c.Destination.Addr)
	})
}

// readBack marks all changes with the encapsulation as failed if the kernel
// made plain IPIP of the one of change i.
func (a *applying) readBack(i int, t TunnelType) {
	c := a.changes[i]
	list, err := a.client.destinations(c.Service.ServiceKey)
	at := slices.IndexFunc(list, func(d DestinationEntry) bool { return d.Addr == c.Destination.Addr })
	if err != nil || at < 0 || list[at].Forward != Tunnel {
		return // gone, or somebody else made something of it: the next will tell
	}
	if list[at].Encapsulation.Type == t {
		a.client.confirmed[t] = true
		return
	}
	for i, c := range a.changes {
		if a.made(i, t) {
			a.fail(i, &Error{Op: c.String(), Errno: syscall.EOPNOTSUPP, Reason: fmt.Sprintf(
				"this kernel made %v of the tunnel: %v needs Linux 5.2, gre 5.3", list[at].Encapsulation.Type, GUE)})
		}
	}
}
