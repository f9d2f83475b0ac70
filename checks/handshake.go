package checks

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"slices"
)

// Handshake holds the settings of a TLS check. [NewHandshake] makes a check of
// it.
type Handshake struct {
	Route       // whom to ask
	TLSSettings // how, and which certificates will do

	Proxy ProxyProtocol // the header that goes before the handshake
	Steps []Step        // what is said over TLS
}

// A HandshakeCheck passes when a TLS handshake is complete, the certificate
// will do and, if anything is to be said, all its steps were taken. If ALPN
// protocols are offered the server has to choose one. Use [NewHandshake].
type HandshakeCheck struct {
	set    Handshake
	client *tlsClient
}

// NewHandshake makes a check of its settings. The error names every mistake,
// each on a line of its own that begins with the setting's name in a policy.
func NewHandshake(set Handshake) (*HandshakeCheck, error) {
	err := errors.Join(set.Route.Mistakes(), set.TLSSettings.mistake(), set.Proxy.mistake())
	if err != nil {
		return nil, err
	}
	set.RootCAs, set.Certificate, set.Key = bytes.Clone(set.RootCAs), bytes.Clone(set.Certificate), bytes.Clone(set.Key)
	set.ALPN, set.Steps = slices.Clone(set.ALPN), slices.Clone(set.Steps)
	return &HandshakeCheck{set, set.TLSSettings.client()}, nil
}

// String is the identity of the check.
func (c *HandshakeCheck) String() string {
	var id identity
	id.word("tls")
	id.route(c.set.Route)
	id.field("proxy_protocol", string(c.set.Proxy))
	id.tls(c.set.TLSSettings)
	id.steps(c.set.Steps)
	return id.String()
}

// Check implements [Check].
func (c *HandshakeCheck) Check(ctx context.Context, t Target) Result {
	r := start(ctx)
	if err := c.ask(r, t); err != nil {
		return r.failed(err)
	}
	return r.passed()
}

func (c *HandshakeCheck) ask(r *run, t Target) error {
	conn, hangUp, err := r.dial(c.set.Route, t)
	if err != nil {
		return err
	}
	defer hangUp()
	if err := r.introduce(conn, c.set.Proxy); err != nil {
		return err
	}
	s, err := c.client.handshake(r, conn, c.set.Route.to(t).Addr())
	if err != nil {
		return err
	}
	state := s.ConnectionState()
	if len(c.set.ALPN) > 0 && state.NegotiatedProtocol == "" {
		return faultf(TLS, "ALPN: the server chose none of %q", c.set.ALPN)
	}
	if len(c.set.Steps) > 0 {
		d := converse(c.set.Route, "", c.set.Steps)
		defer d.free()
		return r.hold(s, d, c.set.Route.to(t))
	}
	if s.asked && state.Version >= tls.VersionTLS13 {
		return s.accepted(r)
	}
	return nil
}

// accepted waits until it is known what the server says to our certificate, or
// to having none. With TLS 1.3 it does so after our side of the handshake is
// done (RFC 8446, 4.4.2.4): it sends an alert, or answers the end of our stream.
func (s *secured) accepted(r *run) error {
	if err := s.CloseWrite(); err != nil {
		return asProtocol("TLS", err)
	}
	n, err := s.Read(make([]byte, 1))
	if n == 0 && err != nil && !isEOF(err) {
		return asProtocol("TLS", err)
	}
	r.reach("client certificate accepted")
	return nil
}
