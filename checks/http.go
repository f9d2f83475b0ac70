package checks

import (
	"bytes"
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"regexp"
)

// HTTP holds the settings of an HTTP check. The zero HTTP asks for "/" over
// plain HTTP and accepts 200-299. [NewHTTP] makes a check of it.
type HTTP struct {
	Route // whom to ask

	Method      string      // GET if empty
	Path        string      // with the query, as it goes over the wire; "/" if empty
	Host        string      // the Host header; the address and port that are asked if empty
	Header      http.Header // more headers; they come after User-Agent: luavs, or in its place
	RequestBody []byte      // sent with a Content-Length

	Status       StatusSet      // accepted; 200-299 if empty
	BodyContains string         // the body has to hold this text
	BodyMatch    *regexp.Regexp // the body has to match this
	BodyLimit    int            // bytes of the body that are read; 0 is DefaultLimit

	TLS                bool   // HTTPS
	ServerName         string // the name for SNI and the certificate; if empty Host, else the address asked
	InsecureSkipVerify bool   // any certificate will do
	RootCAs            []byte // PEM certificates to trust in place of the system's
}

// An HTTPCheck puts one HTTP/1.1 request over a connection of its own and
// judges the answer. It follows no redirect, keeps no cookie and uses no
// proxy. Use [NewHTTP].
//
// It speaks over the connection itself, not through a [http.Transport], which
// starts goroutines for each connection that outlive the request.
type HTTPCheck struct {
	set    HTTP
	tls    *tls.Config // nil for plain HTTP
	before []byte      // the request up to the value of the Host header
	after  []byte      // and from there to its end
	want   want
}

// Check implements [Check].
func (c *HTTPCheck) Check(ctx context.Context, t Target) Result {
	if c.tls == nil {
		return pollOnce(ctx, c, t)
	}
	r := start(ctx)
	if err := c.ask(r, t); err != nil {
		return r.failed(err)
	}
	return r.passed()
}

// ask puts the question over TLS and judges the answer.
func (c *HTTPCheck) ask(r *run, t Target) error {
	tcp, hangUp, err := r.dial(c.set.Route, t)
	if err != nil {
		return err
	}
	defer hangUp()
	addr := c.set.Route.to(t)
	conn, err := c.secure(r, tcp, addr)
	if err != nil {
		return err
	}
	d := c.begin()
	defer d.free()
	return r.hold(conn, d, addr)
}

// compose makes the parts of the request that are the same in each run (RFC
// 9112, 3).
func (c *HTTPCheck) compose() {
	var b bytes.Buffer
	fmt.Fprintf(&b, "%s %s HTTP/1.1\r\nHost: ", c.set.Method, c.set.Path)
	c.before = bytes.Clone(b.Bytes())
	b.Reset()
	b.WriteString("\r\n")
	if _, ok := c.set.Header["User-Agent"]; !ok {
		b.WriteString("User-Agent: luavs\r\n")
	}
	c.set.Header.Write(&b)
	if len(c.set.RequestBody) > 0 || c.set.Method != http.MethodGet && c.set.Method != http.MethodHead {
		fmt.Fprintf(&b, "Content-Length: %d\r\n", len(c.set.RequestBody))
	}
	b.WriteString("Connection: close\r\n\r\n")
	b.Write(c.set.RequestBody)
	c.after = b.Bytes()
}

// request appends the request as it goes over the wire.
func (c *HTTPCheck) request(buf []byte, addr netip.AddrPort) []byte {
	buf = append(buf, c.before...)
	if c.set.Host != "" {
		buf = append(buf, c.set.Host...)
	} else {
		buf = c.hostOf(buf, addr)
	}
	return append(buf, c.after...)
}

// hostOf appends the Host header for an address: without the port where it is
// the scheme's own (RFC 9110, 4.2), and never with a zone (RFC 6874, 4).
func (c *HTTPCheck) hostOf(buf []byte, addr netip.AddrPort) []byte {
	ip := addr.Addr().Unmap().WithZone("")
	usual := uint16(80)
	if c.set.TLS {
		usual = 443
	}
	switch {
	case addr.Port() != usual:
		return netip.AddrPortFrom(ip, addr.Port()).AppendTo(buf)
	case ip.Is6():
		return append(ip.AppendTo(append(buf, '[')), ']')
	}
	return ip.AppendTo(buf)
}

// secure makes the TLS handshake if the check is of HTTPS.
func (c *HTTPCheck) secure(r *run, conn net.Conn, addr netip.AddrPort) (net.Conn, error) {
	if c.tls == nil {
		return conn, nil
	}
	config := c.tls
	if config.ServerName == "" {
		config = config.Clone()
		config.ServerName = addr.Addr().Unmap().WithZone("").String()
	}
	secured := tls.Client(conn, config)
	if err := secured.Handshake(); err != nil {
		return nil, asTLS(err)
	}
	r.reach("TLS handshake done")
	return secured, nil
}
