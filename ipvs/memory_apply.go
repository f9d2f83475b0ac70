package ipvs

import (
	"net/netip"
	"slices"
	"syscall"
)

// Apply makes the changes one by one and answers each on its own. It returns
// nil if all were made; else a list as long as changes, nil for those made.
func (m *Memory) Apply(changes []Change) []error {
	var errs []error
	for i, c := range changes {
		err := m.applyOne(c)
		if err == nil {
			continue
		}
		if errs == nil {
			errs = make([]error, len(changes))
		}
		errs[i] = err
	}
	return errs
}

func (m *Memory) applyOne(c Change) error {
	if f := c.fault(); f != nil {
		return f.error(c.String())
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if errno := m.change(c); errno != 0 {
		return refuse(c, errno)
	}
	return nil
}

// change answers in the kernel's order: is the service there, then its
// scheduler, then the destination.
func (m *Memory) change(c Change) syscall.Errno {
	s := m.services[c.Service.ServiceKey]
	switch {
	case c.Op == AddService && s != nil:
		return syscall.EEXIST
	case c.Op == AddService:
		return m.addService(c.Service)
	case s == nil:
		return syscall.ESRCH
	case c.Op == SetService:
		return s.set(c.Service)
	case c.Op == DelService:
		delete(m.services, c.Service.ServiceKey)
		return 0
	}
	if len(m.daemons) > 0 && c.Op != DelDestination && FamilyOf(c.Destination.Addr.Addr()) != s.service.Family {
		return syscall.EINVAL // the sync protocol cannot carry it
	}
	return s.change(c.Op, c.Destination)
}

func (m *Memory) addService(s Service) syscall.Errno {
	added := &memoryService{}
	if errno := added.set(s); errno != 0 {
		return errno
	}
	m.services[s.ServiceKey] = added
	return 0
}

// set takes all of the service: the kernel keeps nothing of what is left out.
func (s *memoryService) set(to Service) syscall.Errno {
	if to.Scheduler != "none" && !slices.Contains(schedulers, to.Scheduler) {
		return syscall.ENOENT
	}
	if to.PE != "" && to.PE != "sip" {
		return syscall.ENOENT
	}
	if to.Family == INET && to.Netmask == netip.AddrFrom4([4]byte{255, 255, 255, 255}) ||
		to.Family == INET6 && to.Netmask == prefixMask(128) {
		to.Netmask = netip.Addr{}
	}
	s.service = to
	return 0
}

func (s *memoryService) change(op Op, d Destination) syscall.Errno {
	at, held := s.place(d.Addr)
	switch {
	case op == AddDestination && held:
		return syscall.EEXIST
	case op == AddDestination && d.Addr.Addr().IsLinkLocalUnicast() && d.Addr.Addr().Is6():
		return syscall.EINVAL
	case op == AddDestination:
		s.destinations = slices.Insert(s.destinations, at, memoryDestination{Destination: d})
	case !held:
		return syscall.ENOENT
	case op == SetDestination:
		s.destinations[at].Destination = d
	default:
		s.destinations = slices.Delete(s.destinations, at, at+1)
	}
	return 0
}
