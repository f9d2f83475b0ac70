package checks

import (
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"time"
)

// A tlsClient makes TLS connections of [TLSSettings].
type tlsClient struct {
	config                 tls.Config      // the same for all runs
	own                    tls.Certificate // shown when the server asks for one; empty for none
	warnBefore, failBefore time.Duration
}

// secured is a connection after its handshake.
type secured struct {
	*tls.Conn
	asked bool // the server wanted a certificate of ours
}

// handshake makes the handshake with a server at addr, and judges when its
// certificate ends.
func (c *tlsClient) handshake(r *run, conn net.Conn, addr netip.Addr) (*secured, error) {
	s := &secured{}
	config := c.config.Clone()
	if config.ServerName == "" {
		config.ServerName = addr.Unmap().WithZone("").String()
	}
	config.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) {
		s.asked = true
		return &c.own, nil
	}
	s.Conn = tls.Client(conn, config)
	if err := s.Handshake(); err != nil {
		var cert *tls.CertificateVerificationError
		if errors.As(err, &cert) {
			r.expires = cert.UnverifiedCertificates[0].NotAfter
		}
		return nil, asTLS(err)
	}
	r.reach("TLS handshake done")
	return s, c.judgeEnd(r, ends(s.ConnectionState()))
}

// ends is when the server's certificate stops to be good: of the chain that
// lasts longest, the certificate that ends first. Of a certificate that is not
// verified it is its own end.
func ends(state tls.ConnectionState) time.Time {
	var last time.Time
	for _, chain := range state.VerifiedChains {
		first := chain[0].NotAfter
		for _, cert := range chain {
			if cert.NotAfter.Before(first) {
				first = cert.NotAfter
			}
		}
		if first.After(last) {
			last = first
		}
	}
	if last.IsZero() {
		return state.PeerCertificates[0].NotAfter
	}
	return last
}

// judgeEnd notes when the server's certificate ends.
func (c *tlsClient) judgeEnd(r *run, end time.Time) error {
	r.expires = end
	left := time.Until(end)
	text := fmt.Sprintf("certificate ends %s, in %s", end.UTC().Format("2006-01-02 15:04 MST"), inDays(left))
	switch {
	case c.failBefore > 0 && left < c.failBefore:
		return faultf(TLS, "%s, want more than %s", text, inDays(c.failBefore))
	case c.warnBefore > 0 && left < c.warnBefore:
		r.degrade(TLS, "%s", text)
	}
	return nil
}
