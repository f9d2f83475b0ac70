package luaapi

import (
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"time"

	lua "github.com/yuin/gopher-lua"

	"luavs/checks"
	"luavs/luaapi/args"
)

// luaStartTLS is connection:starttls [{ server_name =, verify =, roots =, ... }].
func luaStartTLS(L *lua.LState, s *stream) int {
	const what = "connection:starttls"
	f := args.Optional(L, 2, what)
	config := readTLS(f, s.addr)
	timeout := f.Duration("timeout", waitTimeout, minTimeout)
	f.Raise()
	if s.secure {
		L.RaiseError("%s: the connection speaks TLS already", what)
	}
	var err error
	s.use(L, what, func(ctx context.Context) { err = s.startTLS(ctx, config, timeout) })
	if err != nil {
		return refuse(L, err)
	}
	L.Push(lua.LTrue)
	return 1
}

// readTLS reads whom to trust. An empty text is as good as none, so that
// settings of a check can be passed on as they are.
func readTLS(f *args.Fields, addr string) *tls.Config {
	set := readTrust(f)
	set.ALPN = f.Strings("alpn")
	config, err := set.Config()
	if noteSettings(f, err) {
		return nil
	}
	if config.ServerName == "" {
		config.ServerName, _, _ = net.SplitHostPort(addr)
	}
	return config
}

// startTLS makes a TLS connection of a plain one. What came before the
// handshake would be taken for what came under its protection, so it is
// refused (CVE-2011-0411).
func (s *stream) startTLS(ctx context.Context, config *tls.Config, timeout time.Duration) error {
	if len(s.buf) > 0 {
		return &failure{checks.Protocol, fmt.Sprintf("%d bytes came before the TLS handshake", len(s.buf))}
	}
	reach(ctx, func() string { return "connected to " + s.addr + ", no TLS handshake" })
	defer limit(ctx, s.conn, timeout)()
	secure := tls.Client(s.conn, config)
	if err := secure.Handshake(); err != nil {
		s.end = net.ErrClosed // nobody knows where in the handshake the two sides are
		if isTimeout(err) {
			return &failure{checks.Timeout, fmt.Sprintf("no TLS handshake within %v", timeout)}
		}
		cause, reason := checks.BlameTLS(err)
		return &failure{cause, reason}
	}
	s.conn, s.secure = secure, true
	return nil
}
