package servertest

import (
	"errors"
	"net"
	"net/netip"
	"testing"
)

// UDP runs handle on each datagram to a socket of its own, until the end
// of the test.
func UDP(t testing.TB, handle func(s *net.UDPConn, from netip.AddrPort, data []byte)) netip.AddrPort {
	t.Helper()
	s, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		for buf := make([]byte, 64<<10); ; {
			n, from, err := s.ReadFromUDPAddrPort(buf)
			if errors.Is(err, net.ErrClosed) {
				return
			}
			if err == nil {
				handle(s, from, buf[:n])
			}
		}
	}()
	t.Cleanup(func() {
		s.Close()
		<-ended
	})
	return s.LocalAddr().(*net.UDPAddr).AddrPort()
}
