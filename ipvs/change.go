package ipvs

import "fmt"

// An Op is one of the requests that change the table.
type Op uint8

// The requests. Delete of a service deletes its destinations too.
const (
	AddService Op = iota + 1
	SetService
	DelService
	AddDestination
	SetDestination
	DelDestination
)

// Change is one request to the kernel. For the last three operations only the
// key of Service counts; for a Del only the address of Destination.
type Change struct {
	Op          Op
	Service     Service
	Destination Destination
}

// String returns the change in words, such as
// "add destination 10.0.0.9:80 to tcp 10.0.0.1:80".
func (c Change) String() string {
	key, dest := c.Service.ServiceKey, c.Destination.Addr
	switch c.Op {
	case AddService:
		return fmt.Sprintf("add service %v", key)
	case SetService:
		return fmt.Sprintf("set service %v", key)
	case DelService:
		return fmt.Sprintf("delete service %v", key)
	case AddDestination:
		return fmt.Sprintf("add destination %v to %v", dest, key)
	case SetDestination:
		return fmt.Sprintf("set destination %v of %v", dest, key)
	case DelDestination:
		return fmt.Sprintf("delete destination %v from %v", dest, key)
	}
	return fmt.Sprintf("unknown change %d of %v", c.Op, key)
}
