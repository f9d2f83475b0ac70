package ipvs

import (
	"strings"
	"syscall"
)

// Sysctl returns the value of a variable, or ErrNoSysctl for one that Linux 6.1
// does not have.
func (m *Memory) Sysctl(name string) (string, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.sysctl("get "+name, name)
}

func (m *Memory) sysctl(op, name string) (string, error) {
	if f := nameFault(name); f != nil {
		return "", noSysctl(op, f)
	}
	s, _ := knownSysctl(name)
	value, set := m.sysctls[name]
	switch {
	case set:
		return value, nil
	case s.Default != "":
		return s.Default, nil
	case name == "sync_qlen_max":
		return "16384", nil // of 2 GB of memory
	}
	return "", sysctlError(op, name, syscall.ENOENT)
}

// SetSysctl sets a variable, which has no effect. It refuses what is not within
// the range in Sysctls.
func (m *Memory) SetSysctl(name, value string) error {
	op := "set " + name
	if err := refuseSysctl(op, name, value); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if _, err := m.sysctl(op, name); err != nil {
		return err
	}
	m.sysctls[name] = strings.Join(strings.Fields(value), " ")
	return nil
}
