//go:build kernel

package ipvs

import (
	"errors"
	"slices"
	"syscall"
	"testing"
)

// SendFaults sends what Validate refuses without asking it, and compares the
// kernel's errno. What the kernel takes was to be refused for another reason:
// it would have made something else of it.
func SendFaults(t *testing.T, c *Client) {
	refused := map[string]bool{}
	for _, test := range serviceFaults {
		s := testService
		test.change(&s)
		refused[test.name] = isRefused(t, c, test.name, Change{Op: AddService, Service: s}, test.errno)
		c.Flush()
	}
	c.Apply([]Change{{Op: AddService, Service: testService}})
	for _, test := range destinationFaults {
		d := testDestination(1)
		test.change(&d)
		add := Change{Op: AddDestination, Service: testService, Destination: d}
		refused[test.name] = isRefused(t, c, test.name, add, test.errno)
		c.Apply([]Change{{Op: DelDestination, Service: testService, Destination: d}})
	}
	for _, name := range []string{
		"no family", "no scheduler", "empty prefix in IPv6", "unspecified", "multicast", "broadcast",
		"IPv6 without a tunnel", "weight -1", "weight 2^31", "lower above upper", "gue without port",
	} {
		if !refused[name] {
			t.Errorf("%s: the kernel took it", name)
		}
	}
}

// unsendable are the faults of values for which a message has no bytes.
var unsendable = []string{
	"neither address nor mark", "no address", "a long scheduler", "a long persistence engine", "a scheduler with NUL",
	"netmask of another family", "netmask with holes in IPv6",
}

// isRefused says if the kernel refused the change, and compares the errno.
func isRefused(t *testing.T, c *Client, name string, change Change, want syscall.Errno) bool {
	if slices.Contains(unsendable, name) {
		return false
	}
	a := applying{client: c, changes: []Change{change}}
	a.apply([]int{0})
	if a.errs == nil {
		return false
	}
	if !errors.Is(a.errs[0], want) {
		t.Errorf("%s: the kernel says %v, Validate %v", name, a.errs[0], want)
	}
	return true
}
