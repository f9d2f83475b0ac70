package ipvs

import (
	"cmp"
	"maps"
	"slices"
	"syscall"
)

// SetInterfaces says which network interfaces the model has; before it is
// called it has every one. All are of 1500 bytes but "lo", as in Linux.
func (m *Memory) SetInterfaces(names ...string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.interfaces = append([]string{}, names...)
}

// Daemons returns the sync daemons that were started, the master first.
func (m *Memory) Daemons() ([]Daemon, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.SortedFunc(maps.Values(m.daemons), compareDaemons), nil
}

// StartDaemon notes a sync daemon, which does nothing. It fails with
// fs.ErrExist if one of that role was started.
func (m *Memory) StartDaemon(d Daemon) error {
	op := "start " + d.Role.daemon()
	if f := d.fault(); f != nil {
		return f.error(op)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if errno := m.startDaemon(d); errno != 0 {
		return refuseDaemon(op, d, errno)
	}
	return nil
}

// startDaemon answers in the kernel's order, and chooses what is left out as
// the kernel does.
func (m *Memory) startDaemon(d Daemon) syscall.Errno {
	if slices.ContainsFunc(slices.Collect(maps.Values(m.services)), (*memoryService).mixesFamilies) {
		return syscall.EINVAL
	}
	if m.interfaces != nil && !slices.Contains(m.interfaces, d.Interface) {
		return syscall.ENODEV
	}
	if _, runs := m.daemons[d.Role]; runs {
		return syscall.EEXIST
	}
	if !d.Group.IsValid() {
		d.Group = defaultGroup
	}
	d.Port, d.TTL = cmp.Or(d.Port, defaultPort), cmp.Or(d.TTL, 1)
	d.MaxLen = cmp.Or(d.MaxLen, d.mtu()-d.headers())
	m.daemons[d.Role] = d
	return 0
}

// mtu is what the kernel counts with: a master never more than Ethernet's.
func (d Daemon) mtu() int {
	if d.Role == Backup && d.Interface == "lo" {
		return 65535
	}
	return 1500
}

// StopDaemon forgets the sync daemon of the role, or returns ErrNoDaemon.
func (m *Memory) StopDaemon(r Role) error {
	op := "stop " + r.daemon()
	if f := r.fault(); f != nil {
		return f.error(op)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if _, runs := m.daemons[r]; !runs {
		return refuseDaemon(op, Daemon{Role: r}, syscall.ESRCH)
	}
	delete(m.daemons, r)
	return nil
}

// mixesFamilies says if a destination is of another family than the service.
// The sync protocol cannot carry its connections.
func (s *memoryService) mixesFamilies() bool {
	for _, d := range s.destinations {
		if FamilyOf(d.Addr.Addr()) != s.service.Family {
			return true
		}
	}
	return false
}
