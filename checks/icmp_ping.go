package checks

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// A pinger is one ping on its way.
type pinger struct {
	ICMP // with defaults
	Pong

	socket *datagramSocket
	six    bool        // ICMPv6
	raw    bool        // the socket hears all ICMP of the host, with the IPv4 header
	id     uint16      // of raw requests; else the kernel has its own
	data   []byte      // in each request; it begins with random bytes
	buf    []byte      // for replies; what is longer is none
	times  []time.Time // when the request of each sequence number went out; zero once it is answered
}

// ping sends and receives until there are enough replies or the run ends.
func (p *pinger) ping(r *run, host netip.AddrPort) error {
	p.six = host.Addr().Is6()
	p.id = uint16(rand.Uint32())
	hangUp, err := p.open(r, host)
	if err != nil {
		return err
	}
	defer hangUp()
	p.data = make([]byte, p.Size)
	p.buf = make([]byte, maxIPv4Header+echoHeader+p.Size)
	for i := range MinPingSize {
		p.data[i] = byte(rand.Uint32())
	}
	for len(p.Trips) < p.Replies {
		err := p.exchange(r)
		r.steps = append(r.steps[:0], fmt.Sprintf("%d of %d answered", len(p.Trips), p.Sent))
		if err != nil {
			return err
		}
	}
	return nil
}

// exchange sends a request, if there is one left, and waits for what answers
// one, or for the time of the next.
func (p *pinger) exchange(r *run) error {
	var until time.Time // no end but the run's
	if p.Sent < p.Count {
		if err := p.socket.send(echoRequest(p.six, p.id, uint16(p.Sent), p.data)); err != nil {
			return err
		}
		p.Sent++
		p.times = append(p.times, time.Now())
		if p.Sent < p.Count {
			until = time.Now().Add(p.Interval)
		}
	}
	if err := p.socket.waitUntil(r.ctx, until); err != nil {
		return err
	}
	for {
		n, err := p.socket.receiveInto(p.buf)
		if errors.Is(err, os.ErrDeadlineExceeded) && r.ctx.Err() == nil && !until.IsZero() {
			return nil
		}
		if err != nil {
			return err
		}
		if p.answers(p.buf[:n]) {
			return nil
		}
	}
}

// answers takes a packet; true if it answers a request of ours for the first
// time.
func (p *pinger) answers(packet []byte) bool {
	if p.raw && !p.six {
		packet = behindIPv4(packet)
	}
	reply, ok := readEchoReply(p.six, packet)
	if !ok || p.raw && reply.id != p.id || int(reply.seq) >= len(p.times) || !bytes.Equal(reply.data, p.data) {
		return false
	}
	sent := p.times[reply.seq]
	if sent.IsZero() {
		return false // a duplicate
	}
	p.times[reply.seq] = time.Time{}
	p.Trips = append(p.Trips, time.Since(sent))
	return true
}

// open opens a socket for echo requests alone where this process may have
// one, else one for all of ICMP.
func (p *pinger) open(r *run, host netip.AddrPort) (hangUp func(), err error) {
	protocol := unix.IPPROTO_ICMP
	if p.six {
		protocol = unix.IPPROTO_ICMPV6
	}
	p.socket, hangUp, err = r.openDatagrams(p.Route, host, unix.SOCK_DGRAM, protocol)
	if errors.Is(err, unix.EACCES) || errors.Is(err, unix.EPROTONOSUPPORT) {
		p.raw = true
		p.socket, hangUp, err = r.openDatagrams(p.Route, host, unix.SOCK_RAW, protocol)
		if errors.Is(err, unix.EPERM) {
			err = faultf(Local, "%v: ICMP needs a group of ours in net.ipv4.ping_group_range, or CAP_NET_RAW", err)
		}
	}
	if err != nil {
		return nil, err
	}
	if err := p.prepare(); err != nil {
		hangUp()
		return nil, err
	}
	return hangUp, nil
}

// prepare sets what only sockets of ICMP have.
func (p *pinger) prepare() error {
	if p.raw {
		if err := p.socket.repliesOnly(p.six, p.id); err != nil {
			return err
		}
	}
	if p.TTL > 0 {
		return p.socket.setTTL(p.six, p.TTL)
	}
	return nil
}

// The types of ICMP (RFC 792) and ICMPv6 (RFC 4443, 4).
const (
	echo4, reply4 = 8, 0
	echo6, reply6 = 128, 129
	echoHeader    = 8
	maxIPv4Header = 60
)

// echoRequest is a request; the kernel fills in the checksum of ICMPv6.
func echoRequest(six bool, id, seq uint16, data []byte) []byte {
	b := make([]byte, echoHeader, echoHeader+len(data))
	binary.BigEndian.PutUint16(b[4:], id)
	binary.BigEndian.PutUint16(b[6:], seq)
	b = append(b, data...)
	if six {
		b[0] = echo6
		return b
	}
	b[0] = echo4
	binary.BigEndian.PutUint16(b[2:], checksum(b))
	return b
}

// An echoReply shares its data with the packet it was read from.
type echoReply struct {
	id, seq uint16
	data    []byte
}

// readEchoReply reads a message that begins with the ICMP header.
func readEchoReply(six bool, b []byte) (echoReply, bool) {
	kind := byte(reply4)
	if six {
		kind = reply6
	}
	if len(b) < echoHeader || b[0] != kind || b[1] != 0 {
		return echoReply{}, false
	}
	return echoReply{binary.BigEndian.Uint16(b[4:]), binary.BigEndian.Uint16(b[6:]), b[echoHeader:]}, true
}

// behindIPv4 is what follows the IPv4 header (RFC 791, 3.1); nothing if there
// is none.
func behindIPv4(packet []byte) []byte {
	if len(packet) < 20 || packet[0]>>4 != 4 {
		return nil
	}
	header := int(packet[0]&0xf) * 4
	if header < 20 || len(packet) < header {
		return nil
	}
	return packet[header:]
}

// checksum is that of RFC 1071.
func checksum(b []byte) uint16 {
	var sum uint32
	for ; len(b) > 1; b = b[2:] {
		sum += uint32(binary.BigEndian.Uint16(b))
	}
	if len(b) == 1 {
		sum += uint32(b[0]) << 8
	}
	for sum > 0xffff {
		sum = sum>>16 + sum&0xffff
	}
	return ^uint16(sum)
}
