package checks

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"net/http"
	"net/netip"
)

// A question is one request of a run. Redirects lead from one to the next.
type question struct {
	version   HTTPVersion // HTTP10 or HTTP11; a line of HTTP/2 takes any
	method    string
	scheme    string      // "http" or "https"
	authority string      // the Host header
	path      string      // with the query
	header    http.Header // with all credentials, without what frames the request
	body      []byte
	absolute  bool // the request line has the scheme and the authority too, for a proxy
	keep      bool // the connection may be kept
}

// question is the first question to the server at addr.
func (c *HTTPCheck) question(addr netip.AddrPort) *question {
	set := c.set
	q := &question{
		version: set.Version, method: set.Method, scheme: set.scheme(), authority: c.authority(addr),
		path: set.Path, header: set.Header.Clone(), body: set.RequestBody,
		absolute: !set.TLS && set.proxied(), keep: set.Reuse,
	}
	if text := set.Auth.value(); text != "" {
		q.header.Set("Authorization", text)
	}
	if text := set.ProxyAuth.value(); text != "" && q.absolute {
		q.header.Set("Proxy-Authorization", text)
	}
	return q
}

// authority is the Host header of a request to addr.
func (c *HTTPCheck) authority(addr netip.AddrPort) string {
	switch {
	case c.set.Host != "":
		return c.set.Host
	case c.set.ProxyFor != "":
		return c.set.ProxyFor
	}
	return c.hostOf(addr)
}

// hostOf is the Host header for an address: without the port where it is the
// scheme's own (RFC 9110, 4.2), and never with a zone (RFC 6874, 4).
func (c *HTTPCheck) hostOf(addr netip.AddrPort) string { return string(c.appendHost(nil, addr)) }

func (c *HTTPCheck) appendHost(buf []byte, addr netip.AddrPort) []byte {
	ip := addr.Addr().Unmap().WithZone("")
	switch {
	case addr.Port() != usualPort[c.set.scheme()]:
		return netip.AddrPortFrom(ip, addr.Port()).AppendTo(buf)
	case ip.Is6():
		return append(ip.AppendTo(append(buf, '[')), ']')
	}
	return ip.AppendTo(buf)
}

// usualPort is the port of a scheme (RFC 9110, 4.2).
var usualPort = map[string]uint16{"http": 80, "https": 443}

func (set HTTP) scheme() string {
	if set.TLS {
		return "https"
	}
	return "http"
}

// proxied reports whether a proxy is asked.
func (set HTTP) proxied() bool { return set.Through.IsValid() || set.ProxyFor != "" }

// hasBody reports whether a length is sent (RFC 9110, 8.6).
func (q *question) hasBody() bool {
	return len(q.body) > 0 || q.method != http.MethodGet && q.method != http.MethodHead
}

// request is the first request as it goes over the wire of HTTP/1.
func (c *HTTPCheck) request(addr netip.AddrPort) []byte { return c.question(addr).text() }

// text is the request as it goes over the wire (RFC 9112, 3).
func (q *question) text() []byte {
	target := q.path
	if q.absolute {
		target = q.scheme + "://" + q.authority + q.path
	}
	var b bytes.Buffer
	fmt.Fprintf(&b, "%s %s HTTP/%s\r\nHost: %s\r\n", q.method, target, q.version, q.authority)
	if _, ok := q.header["User-Agent"]; !ok {
		b.WriteString("User-Agent: luavs\r\n")
	}
	q.header.Write(&b)
	if q.hasBody() {
		fmt.Fprintf(&b, "Content-Length: %d\r\n", len(q.body))
	}
	if !q.keep {
		b.WriteString("Connection: close\r\n")
	}
	b.WriteString("\r\n")
	b.Write(q.body)
	return b.Bytes()
}

// An Auth holds credentials: a user with a password (RFC 7617) or a token (RFC
// 6750). The zero Auth holds none. No reason and no identity shows them.
type Auth struct {
	User, Password string
	Bearer         string
}

// value is the value of a header Authorization; empty for no credentials.
func (a Auth) value() string {
	switch {
	case a.Bearer != "":
		return "Bearer " + a.Bearer
	case a.User != "":
		return "Basic " + base64.StdEncoding.EncodeToString([]byte(a.User+":"+a.Password))
	}
	return ""
}
