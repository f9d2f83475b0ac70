package checks

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"math"
	"net"
	"net/http"
	"net/netip"
	"regexp"
)

// headerLimit is how many bytes the status line and the headers of an answer
// may have, interim answers included.
const headerLimit = 64 << 10

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
	set HTTP
	tls *tls.Config // nil for plain HTTP
}

// Check implements [Check].
func (c *HTTPCheck) Check(ctx context.Context, t Target) Result {
	r := start(ctx)
	if err := c.ask(r, t); err != nil {
		return r.failed(err)
	}
	return r.passed()
}

// ask puts the question and judges the answer.
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
	if _, err := conn.Write(c.request(addr)); err != nil {
		return err
	}
	r.reach("request sent")
	return c.judge(r, &bounded{r: conn})
}

// judge reads the answer: first the status, then the body.
func (c *HTTPCheck) judge(r *run, in *bounded) error {
	answer, err := c.header(bufio.NewReader(in), in)
	if err != nil {
		return r.noHeader(err, in)
	}
	if !c.set.Status.Contains(answer.StatusCode) {
		return faultf(Status, "status %d, want %v", answer.StatusCode, c.set.Status)
	}
	r.reach("status %d", answer.StatusCode)

	in.left = math.MaxInt64 // LimitReader below bounds what is kept
	body, err := io.ReadAll(io.LimitReader(answer.Body, int64(c.set.BodyLimit)))
	if err != nil {
		r.reach("%d bytes of the body", len(body))
		return asProtocol(fmt.Sprintf("body after %d bytes", len(body)), err)
	}
	if w := c.want(); !w.in(body) {
		return faultf(Body, "body: %s", w.missing(body, c.set.BodyLimit))
	}
	return nil
}

func (c *HTTPCheck) want() want {
	return want{text: []byte(c.set.BodyContains), pattern: c.set.BodyMatch}
}

// header reads the header of the final answer and skips interim ones (RFC
// 9110, 15.2). Body of the answer reads from in.
func (c *HTTPCheck) header(buf *bufio.Reader, in *bounded) (*http.Response, error) {
	in.left = headerLimit
	for {
		answer, err := http.ReadResponse(buf, &http.Request{Method: c.set.Method})
		if err != nil {
			return nil, err
		}
		if answer.ProtoMajor != 1 {
			return nil, fmt.Errorf("version %q", shorten(answer.Proto, 20))
		}
		if answer.StatusCode >= 200 || answer.StatusCode == http.StatusSwitchingProtocols {
			return answer, nil
		}
	}
}

// noHeader is the error of an answer whose header did not come whole.
func (r *run) noHeader(err error, in *bounded) error {
	switch {
	case in.left == 0:
		return faultf(Protocol, "header: more than %d bytes", headerLimit)
	case isEOF(err) && in.n == 0:
		return faultf(Protocol, "the server closed without an answer")
	}
	if in.n > 0 {
		r.reach("%d bytes of the header", in.n)
	}
	return asProtocol("header", err)
}

// request is the request as it goes over the wire (RFC 9112, 3).
func (c *HTTPCheck) request(addr netip.AddrPort) []byte {
	host := c.set.Host
	if host == "" {
		host = c.hostOf(addr)
	}
	var b bytes.Buffer
	fmt.Fprintf(&b, "%s %s HTTP/1.1\r\nHost: %s\r\n", c.set.Method, c.set.Path, host)
	if _, ok := c.set.Header["User-Agent"]; !ok {
		b.WriteString("User-Agent: luavs\r\n")
	}
	c.set.Header.Write(&b)
	if len(c.set.RequestBody) > 0 || c.set.Method != http.MethodGet && c.set.Method != http.MethodHead {
		fmt.Fprintf(&b, "Content-Length: %d\r\n", len(c.set.RequestBody))
	}
	b.WriteString("Connection: close\r\n\r\n")
	b.Write(c.set.RequestBody)
	return b.Bytes()
}

// hostOf is the Host header for an address: without the port where it is the
// scheme's own (RFC 9110, 4.2), and never with a zone (RFC 6874, 4).
func (c *HTTPCheck) hostOf(addr netip.AddrPort) string {
	ip := addr.Addr().Unmap().WithZone("")
	usual := uint16(80)
	if c.set.TLS {
		usual = 443
	}
	if addr.Port() != usual {
		return netip.AddrPortFrom(ip, addr.Port()).String()
	}
	if ip.Is6() {
		return "[" + ip.String() + "]"
	}
	return ip.String()
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
