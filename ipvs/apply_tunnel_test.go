package ipvs

import (
	"errors"
	"slices"
	"strings"
	"syscall"
	"testing"
)

// tunnels are additions of destinations with an encapsulation.
func tunnels(types ...TunnelType) []Change {
	changes := adds(len(types))
	for i, typ := range types {
		changes[i].Destination.Forward = Tunnel
		if changes[i].Destination.Encapsulation.Type = typ; typ == GUE {
			changes[i].Destination.Encapsulation.Port = 6080
		}
	}
	return changes
}

// knowing answers lists of destinations as a kernel that holds the changes but
// knows only some encapsulations.
func knowing(changes []Change, known ...TunnelType) func([]message) [][]byte {
	return func(m []message) [][]byte {
		if command(m[0]) != cmdGetDest {
			return acknowledge(m)
		}
		var datagram []byte
		for _, c := range changes {
			d := c.Destination
			if !slices.Contains(known, d.Encapsulation.Type) {
				d.Encapsulation = Encapsulation{}
			}
			datagram = append(datagram, data(m[0].seq, 0, appendDestination(nil, d))...)
		}
		return [][]byte{datagram, done(m[0].seq, 0)}
	}
}

func TestEncapsulationsThatTheKernelDoesNotKnowAreErrors(t *testing.T) {
	changes := tunnels(IPIP, GUE, GRE, GUE)
	f := &fakeKernel{answer: knowing(changes, IPIP, GRE)}
	c := dialFake(t, f)
	errs := c.Apply(changes)
	for i, err := range errs {
		if errors.Is(err, syscall.EOPNOTSUPP) != (i == 1 || i == 3) {
			t.Errorf("change %d: %v", i, err)
		}
	}
	if len(errs) != 4 || !strings.Contains(errs[1].Error(), "made ipip of the tunnel: gue needs Linux 5.2") {
		t.Error(errs)
	}
	if !c.confirmed[GRE] || c.confirmed[GUE] {
		t.Error(c.confirmed)
	}
}

func TestAnEncapsulationIsConfirmedOnce(t *testing.T) {
	changes := tunnels(GUE, GRE)
	f := &fakeKernel{answer: knowing(changes, GUE, GRE)}
	c := dialFake(t, f)
	for range 3 {
		if errs := c.Apply(changes); errs != nil {
			t.Error(errs)
		}
	}
	if len(f.sent) != 3+2 {
		t.Errorf("%d requests", len(f.sent))
	}
}

func TestWhatALaterChangeTouchesConfirmsNothing(t *testing.T) {
	made := tunnels(GUE)
	for _, later := range []Change{
		{Op: DelService, Service: testService},
		{Op: DelDestination, Service: testService, Destination: made[0].Destination},
		{Op: SetDestination, Service: testService, Destination: testDestination(0)},
	} {
		f := &fakeKernel{answer: knowing(made)}
		if errs := dialFake(t, f).Apply(append(slices.Clone(made), later)); errs != nil || len(f.sent) != 1 {
			t.Errorf("%v: %v after %d requests", later, errs, len(f.sent))
		}
	}
}
