package checks

import (
	"fmt"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"
)

// lookAgainAfter is how long what was found out about this machine is believed.
const lookAgainAfter = time.Second

// A Machine knows the addresses of this machine, and whether it takes packets
// from them. It looks when it is asked, but once a second at the most, however
// many ask. Any goroutine may use it; [NewMachine] makes one.
type Machine struct {
	addresses func() ([]net.Addr, error)
	accepts   func() bool // some interface takes packets from an address of this machine

	mu       sync.Mutex // guards what follows
	looked   time.Time  // at the addresses
	own      map[netip.Addr]bool
	listened time.Time // to what interfaces accept
	deaf     bool
}

// NewMachine returns a Machine that has not looked yet.
func NewMachine() *Machine {
	return &Machine{addresses: net.InterfaceAddrs, accepts: acceptsLocal}
}

// Addrs returns the addresses of all interfaces, IPv4 ones as such and none with
// a zone; nobody changes the map afterwards. If the kernel does not tell, the last
// ones stay.
func (m *Machine) Addrs() map[netip.Addr]bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.present(time.Now())
}

// present returns the addresses; the caller holds mu.
func (m *Machine) present(now time.Time) map[netip.Addr]bool {
	if !m.looked.IsZero() && now.Sub(m.looked) < lookAgainAfter {
		return m.own
	}
	all, err := m.addresses()
	if m.looked = now; err != nil {
		return m.own
	}
	m.own = make(map[netip.Addr]bool, len(all))
	for _, a := range all {
		if prefix, ok := a.(*net.IPNet); ok {
			addr, _ := netip.AddrFromSlice(prefix.IP)
			m.own[addr.Unmap()] = true
		}
	}
	return m.own
}

// Unheard says why this machine hears no packets from an address, such as the
// answers that real servers give from the virtual address under direct routing
// and tunnelling; empty if nothing speaks against it. IPv6 has no such rule.
func (m *Machine) Unheard(from netip.Addr) string {
	m.mu.Lock()
	defer m.mu.Unlock()
	now := time.Now()
	if !from.Is4() || !m.present(now)[from] {
		return ""
	}
	if m.listened.IsZero() || now.Sub(m.listened) >= lookAgainAfter {
		m.listened, m.deaf = now, !m.accepts()
	}
	if !m.deaf {
		return ""
	}
	return fmt.Sprintf("answers from %v, an address of this machine, are dropped: set net.ipv4.conf.IF.accept_local=1 for the interface they come in by", from)
}

// acceptLocal are the switches that have an interface take packets from an
// address of this machine (ip-sysctl: accept_local).
const acceptLocal = "/proc/sys/net/ipv4/conf/*/accept_local"

// acceptsLocal tells whether one of them is on, or cannot be read.
func acceptsLocal() bool {
	switches, _ := filepath.Glob(acceptLocal)
	on := func(file string) bool {
		text, err := os.ReadFile(file)
		return err != nil || strings.TrimSpace(string(text)) != "0"
	}
	return len(switches) == 0 || slices.ContainsFunc(switches, on)
}
