package ipvs

import (
	"fmt"
	"net/netip"
)

// appendDaemon appends the whole of a daemon; the kernel chooses what is left
// out.
func appendDaemon(b []byte, d Daemon) []byte {
	start := len(b)
	b = openNest(b, attrDaemon)
	b = appendUint32(b, daemonState, uint32(d.Role))
	b = appendName(b, daemonInterface, d.Interface)
	b = appendUint32(b, daemonSyncID, uint32(d.SyncID))
	if d.MaxLen > 0 {
		b = appendUint16(b, daemonMaxLen, uint16(d.MaxLen))
	}
	switch {
	case d.Group.Is4():
		b = appendAddr(b, daemonGroup, d.Group)
	case d.Group.Is6():
		b = appendAddr(b, daemonGroup6, d.Group)
	}
	if d.Port > 0 {
		b = appendUint16(b, daemonPort, d.Port)
	}
	if d.TTL > 0 {
		b = appendAttr(b, daemonTTL, d.TTL)
	}
	closeNest(b, start)
	return b
}

func appendRole(b []byte, r Role) []byte {
	start := len(b)
	b = appendUint32(openNest(b, attrDaemon), daemonState, uint32(r))
	closeNest(b, start)
	return b
}

// decodeDaemon reads the attributes of an answer to GET_DAEMON.
func decodeDaemon(b []byte) (Daemon, error) {
	var d Daemon
	b, err := findNest(b, attrDaemon)
	if err == nil {
		err = readAttributes(b, d.read)
	}
	if err == nil && d.Role.fault() != nil {
		err = fmt.Errorf("unknown %v", d.Role)
	}
	if err != nil {
		return Daemon{}, fmt.Errorf("decode sync daemon: %w", err)
	}
	return d, nil
}

func (d *Daemon) read(a attribute, f *field) {
	switch a.typ {
	case daemonState:
		d.Role = Role(f.uint32(a))
	case daemonInterface:
		d.Interface = f.name(a)
	case daemonSyncID:
		d.SyncID = int(f.uint32(a))
	case daemonMaxLen:
		d.MaxLen = int(f.uint16(a))
	case daemonGroup:
		if f.sized(a, 4) {
			d.Group = netip.AddrFrom4([4]byte(a.payload))
		}
	case daemonGroup6:
		if f.sized(a, 16) {
			d.Group = netip.AddrFrom16([16]byte(a.payload))
		}
	case daemonPort:
		d.Port = f.uint16(a)
	case daemonTTL:
		d.TTL = f.uint8(a)
	}
}
