package ipvs

import "time"

// Info returns that of Linux with its defaults.
func (m *Memory) Info() (Info, error) {
	return Info{Version: "1.2.1", ConnectionTable: 4096}, nil
}

// Timeouts returns what was set, or the kernel's defaults.
func (m *Memory) Timeouts() (Timeouts, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.timeouts, nil
}

// SetTimeouts sets the timeouts that are above zero.
func (m *Memory) SetTimeouts(t Timeouts) error {
	if f := t.fault(); f != nil {
		return f.error("set timeouts")
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, set := range []struct{ at, to *time.Duration }{
		{&m.timeouts.TCP, &t.TCP}, {&m.timeouts.TCPFIN, &t.TCPFIN}, {&m.timeouts.UDP, &t.UDP},
	} {
		if *set.to > 0 {
			*set.at = *set.to
		}
	}
	return nil
}

// defaultTimeouts are the kernel's (linux/net/netfilter/ipvs/ip_vs_proto_tcp.c
// and ip_vs_proto_udp.c).
func defaultTimeouts() Timeouts {
	return Timeouts{TCP: 900 * time.Second, TCPFIN: 120 * time.Second, UDP: 300 * time.Second}
}
