package luaapi

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
	"time"

	lua "github.com/yuin/gopher-lua"

	"luavs/checks"
	"luavs/luaapi/args"
)

// sockets opens connections for the modules tcp, tls and udp, and counts them.
type sockets struct{ *slots }

// A way says where to connect, and how.
type way struct {
	addr    string // as given
	timeout time.Duration
	route   checks.Route
}

// readWay reads the arguments of tcp.connect and udp.connect.
func readWay(L *lua.LState, what string) way {
	addr := argAddress(L, what)
	if L.Get(2) == lua.LNil {
		return way{addr: addr, timeout: waitTimeout}
	}
	f := args.Optional(L, 2, what)
	w := wayTo(addr, f)
	f.Raise()
	return w
}

// argAddress returns argument 1: a host and a port.
func argAddress(L *lua.LState, what string) string {
	addr := argText(L, 1, what)
	if host, port, err := net.SplitHostPort(addr); err != nil || host == "" || port == "" {
		L.RaiseError(`%s: argument 1: want an address such as "10.0.0.1:25", got %s`, what, args.Show(L.Get(1)))
	}
	return addr
}

// wayTo reads how to connect.
func wayTo(addr string, f *args.Fields) way {
	return way{addr: addr, timeout: f.Duration("timeout", waitTimeout, minTimeout), route: readOutgoing(f)}
}

// dial connects. The connection lives no longer than the task that asked for
// it, whose context ctx is.
func (s *sockets) dial(ctx context.Context, network string, w way) (conn net.Conn, end func(), err error) {
	if err := s.take(1); err != nil {
		return nil, nil, err
	}
	reach(ctx, func() string { return "not connected to " + w.addr })
	dialer := w.route.Dialer()
	dialer.Timeout = w.timeout
	if network == "udp" && w.route.Source.IsValid() {
		dialer.LocalAddr = &net.UDPAddr{IP: w.route.Source.AsSlice()}
	}
	conn, err = dialer.DialContext(ctx, network, w.addr)
	if err != nil {
		s.free(1)
		return nil, nil, netFailure(err, w.timeout)
	}
	closing := sync.OnceFunc(func() {
		conn.Close()
		s.free(1)
	})
	stop := context.AfterFunc(ctx, closing)
	return conn, func() {
		stop()
		closing()
	}, nil
}

// limit makes operations on a connection end at the timeout, or at once when
// ctx ends. The returned function must be called after them.
func limit(ctx context.Context, conn net.Conn, timeout time.Duration) (release func()) {
	conn.SetDeadline(time.Now().Add(timeout))
	ended := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		conn.SetDeadline(time.Unix(1, 0))
		close(ended)
	})
	return func() {
		if !stop() {
			<-ended // or it would cut the next operation short
		}
	}
}

// netFailure says in one line what went wrong with a connection, and whose
// fault it is.
func netFailure(err error, timeout time.Duration) error {
	switch {
	case err == nil:
		return nil
	case isTimeout(err):
		return &failure{checks.Timeout, fmt.Sprintf("no answer within %v", timeout)}
	case errors.Is(err, net.ErrClosed):
		return &failure{checks.Local, "the connection is closed"}
	case errors.Is(err, io.EOF):
		return &failure{checks.Protocol, "the server closed the connection"}
	}
	cause, reason := checks.Blame(err)
	return &failure{cause, reason}
}

func isTimeout(err error) bool {
	var timedOut net.Error
	return errors.As(err, &timedOut) && timedOut.Timeout()
}
