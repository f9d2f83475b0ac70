package dns

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"time"

	"golang.org/x/net/dns/dnsmessage"
)

// tries is how often each server is asked over UDP, which may lose a question
// or its answer.
const tries = 2

// ErrSilent is of a server that has not answered in its time.
var ErrSilent = errors.New("no answer")

// exchange asks the servers one after another until one has an answer: the
// records of its answer section. A name that does not exist has none. The time
// that ctx leaves is shared among all that may be asked.
func (r Resolver) exchange(ctx context.Context, q Query) (records []dnsmessage.Resource, err error) {
	left := tries * len(r.Servers)
	for range tries {
		for _, to := range r.Servers {
			one, cancel := withShare(ctx, left)
			records, err = askServer(one, to, q)
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
	return context.WithTimeout(ctx, time.Until(deadline)/time.Duration(n))
}

// askServer asks over UDP, and over TCP if the answer is cut short.
func askServer(ctx context.Context, to netip.AddrPort, q Query) ([]dnsmessage.Resource, error) {
	wire, err := q.Wire()
	if err != nil {
		return nil, err
	}
	answer, err := q.overUDP(ctx, to, wire)
	if err == nil && answer.Truncated {
		answer, err = q.overTCP(ctx, to, wire)
	}
	switch {
	case err != nil:
		return nil, silence(ctx, err)
	case answer.RCode != dnsmessage.RCodeSuccess && answer.RCode != dnsmessage.RCodeNameError:
		return nil, fmt.Errorf("it answers %s", CodeName(answer.RCode))
	}
	return all(answer)
}

// silence is ErrSilent in place of an error that says that the time is over.
func silence(ctx context.Context, err error) error {
	var waited net.Error
	switch {
	case errors.Is(ctx.Err(), context.Canceled):
		return context.Cause(ctx)
	case ctx.Err() != nil, errors.As(err, &waited) && waited.Timeout():
		return ErrSilent
	}
	return err
}

// all returns the records of an answer.
func all(m Message) (found []dnsmessage.Resource, err error) {
	for r, err := range m.Records() {
		if err != nil {
			return nil, fmt.Errorf("answer: %w", err)
		}
		found = append(found, r)
	}
	return found, nil
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

func (q Query) overUDP(ctx context.Context, to netip.AddrPort, wire []byte) (m Message, err error) {
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
		if m, err = q.Read(data[:n]); !errors.Is(err, ErrOther) {
			return m, err
		}
	}
}

func (q Query) overTCP(ctx context.Context, to netip.AddrPort, wire []byte) (m Message, err error) {
	conn, hangUp, err := dial(ctx, "tcp", to)
	if err != nil {
		return m, err
	}
	defer hangUp()
	if err := Send(conn, wire); err != nil {
		return m, err
	}
	data, err := Receive(conn)
	if err != nil {
		return m, err
	}
	return q.Read(data)
}
