package source

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/netip"
	"os"
	"strings"
	"time"

	"golang.org/x/net/dns/dnsmessage"
)

const (
	// tries is how often each resolver is asked over UDP, which may lose a
	// question or its answer.
	tries = 2

	// ednsSize is the size of answers over UDP that passes every network in one
	// piece (https://www.dnsflagday.net/2020/).
	ednsSize = 1232
)

// resolvConf names the resolvers of this machine (resolv.conf(5)).
const resolvConf = "/etc/resolv.conf"

// resolvers returns whom to ask.
func (d DNS) resolvers() ([]netip.AddrPort, error) {
	if d.Resolver.IsValid() {
		return []netip.AddrPort{d.Resolver}, nil
	}
	text, err := os.ReadFile(resolvConf)
	if err != nil {
		return nil, fmt.Errorf("which resolver to ask: %w", err)
	}
	if all := nameservers(string(text)); len(all) > 0 {
		return all, nil
	}
	return nil, fmt.Errorf("%s names no nameserver; name one with resolver", resolvConf)
}

// nameservers returns the addresses of the lines nameserver.
func nameservers(text string) (all []netip.AddrPort) {
	for line := range strings.Lines(text) {
		words := strings.Fields(line)
		if len(words) < 2 || words[0] != "nameserver" {
			continue
		}
		if ip, err := netip.ParseAddr(words[1]); err == nil {
			all = append(all, netip.AddrPortFrom(ip, 53))
		}
	}
	return all
}

// exchange asks resolvers one after another until one has an answer: the
// records of its answer section. A name that does not exist has none.
func exchange(ctx context.Context, resolvers []netip.AddrPort, q dnsmessage.Question) (records []dnsmessage.Resource, err error) {
	left := tries * len(resolvers)
	for range tries {
		for _, to := range resolvers {
			one, cancel := withShare(ctx, left)
			records, err = askResolver(one, to, q)
			cancel()
			if err == nil {
				return records, nil
			}
			err = fmt.Errorf("resolver %v: %w", to, err)
			if left--; ctx.Err() != nil {
				return nil, err
			}
		}
	}
	return nil, err
}

// withShare returns a context that has one of n parts of the time that is left.
func withShare(ctx context.Context, n int) (context.Context, context.CancelFunc) {
	deadline, ok := ctx.Deadline()
	if !ok {
		return context.WithCancel(ctx)
	}
	return context.WithTimeoutCause(ctx, time.Until(deadline)/time.Duration(n), errors.New("no answer"))
}

// askResolver asks over UDP, and over TCP if the answer is cut short.
func askResolver(ctx context.Context, to netip.AddrPort, q dnsmessage.Question) ([]dnsmessage.Resource, error) {
	id := uint16(rand.Uint32())
	wire, err := message(id, q)
	if err != nil {
		return nil, err
	}
	answer, err := overUDP(ctx, to, wire, id, q)
	if err == nil && answer.Truncated {
		answer, err = overTCP(ctx, to, wire, id, q)
	}
	switch {
	case err != nil && ctx.Err() != nil:
		return nil, context.Cause(ctx)
	case err != nil:
		return nil, err
	case answer.RCode == dnsmessage.RCodeSuccess, answer.RCode == dnsmessage.RCodeNameError:
		return answer.Answers, nil
	}
	return nil, fmt.Errorf("it answers %s", strings.TrimPrefix(answer.RCode.String(), "RCode"))
}

// message is a question as it is sent.
func message(id uint16, q dnsmessage.Question) ([]byte, error) {
	b := dnsmessage.NewBuilder(nil, dnsmessage.Header{ID: id, RecursionDesired: true})
	var edns dnsmessage.ResourceHeader
	err := errors.Join(b.StartQuestions(), b.Question(q), b.StartAdditionals(),
		edns.SetEDNS0(ednsSize, dnsmessage.RCodeSuccess, false), b.OPTResource(edns, dnsmessage.OPTResource{}))
	if err != nil {
		return nil, err
	}
	return b.Finish()
}

// dial connects, for no longer than ctx goes.
func dial(ctx context.Context, network string, to netip.AddrPort) (net.Conn, func(), error) {
	var d net.Dialer
	conn, err := d.DialContext(ctx, network, to.String())
	if err != nil {
		return nil, nil, err
	}
	stop := context.AfterFunc(ctx, func() { conn.SetDeadline(time.Unix(1, 0)) })
	return conn, func() { stop(); conn.Close() }, nil
}

// overUDP asks over UDP. What does not answer the question may come from
// anybody, and is passed over (RFC 5452, 9.1).
func overUDP(ctx context.Context, to netip.AddrPort, wire []byte, id uint16, q dnsmessage.Question) (m dnsmessage.Message, err error) {
	conn, hangUp, err := dial(ctx, "udp", to)
	if err != nil {
		return m, err
	}
	defer hangUp()
	if _, err := conn.Write(wire); err != nil {
		return m, err
	}
	for data := make([]byte, 64<<10); ; {
		n, err := conn.Read(data)
		if err != nil {
			return m, err
		}
		if m.Unpack(data[:n]) == nil && answers(m, id, q) {
			return m, nil
		}
	}
}

// overTCP asks over TCP, where a message goes behind its length (RFC 1035, 4.2.2).
func overTCP(ctx context.Context, to netip.AddrPort, wire []byte, id uint16, q dnsmessage.Question) (m dnsmessage.Message, err error) {
	conn, hangUp, err := dial(ctx, "tcp", to)
	if err != nil {
		return m, err
	}
	defer hangUp()
	if _, err := conn.Write(append(binary.BigEndian.AppendUint16(nil, uint16(len(wire))), wire...)); err != nil {
		return m, err
	}
	var length [2]byte
	if _, err := io.ReadFull(conn, length[:]); err != nil {
		return m, err
	}
	data := make([]byte, binary.BigEndian.Uint16(length[:]))
	if _, err := io.ReadFull(conn, data); err != nil {
		return m, err
	}
	if err := m.Unpack(data); err != nil || !answers(m, id, q) {
		return m, errors.New("an answer to another question")
	}
	return m, nil
}

// answers tells whether a message answers a question. A server that refuses it
// need not repeat it. Names compare without regard to case (RFC 4343).
func answers(m dnsmessage.Message, id uint16, q dnsmessage.Question) bool {
	if m.ID != id || !m.Response {
		return false
	}
	if len(m.Questions) == 0 {
		return m.RCode != dnsmessage.RCodeSuccess
	}
	asked := m.Questions[0]
	return asked.Type == q.Type && asked.Class == q.Class && strings.EqualFold(asked.Name.String(), q.Name.String())
}
