package checks

import "io"

// A ProxyProtocol is the version of the PROXY protocol whose header a check
// sends before all else, for servers that want one on each connection. The
// zero ProxyProtocol sends none.
//
// The header says that the connection is the proxy's own, as HAProxy does in
// its health checks: servers then take the addresses of the connection itself.
type ProxyProtocol string

// The versions.
const (
	ProxyV1 ProxyProtocol = "v1" // one line of text
	ProxyV2 ProxyProtocol = "v2" // 16 bytes
)

// header is what goes over the wire
// (https://www.haproxy.org/download/2.8/doc/proxy-protocol.txt, 2.1 and 2.2).
func (p ProxyProtocol) header() string {
	switch p {
	case ProxyV1:
		return "PROXY UNKNOWN\r\n"
	case ProxyV2:
		const (
			signature = "\r\n\r\n\x00\r\nQUIT\n"
			local     = "\x20" // version 2, command LOCAL
			family    = "\x00" // unspecified
			length    = "\x00\x00"
		)
		return signature + local + family + length
	}
	return ""
}

// mistake says what is wrong with the version.
func (p ProxyProtocol) mistake() error {
	return mistake(p == "" || p == ProxyV1 || p == ProxyV2, "proxy_protocol %q: want v1 or v2", string(p))
}

// introduce sends the header, if there is one to send.
func (r *run) introduce(conn io.Writer, p ProxyProtocol) error {
	if p == "" {
		return nil
	}
	if _, err := io.WriteString(conn, p.header()); err != nil {
		return err
	}
	r.reach("PROXY header sent")
	return nil
}
