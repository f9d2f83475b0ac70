package checks

import (
	"fmt"
	"net"
	"net/http"
	"strconv"
	"time"
)

// A connection is an open way to a server, and the line spoken over it.
type connection struct {
	tcp     *net.TCPConn
	way     way // to the server
	line    line
	ends    time.Time   // when the server's certificate does
	used    bool        // by a run before this one
	release func() bool // takes the connection away from the run; false if that has ended
}

// hangUp ends the connection.
func (c *connection) hangUp() {
	c.release()
	drain(c.tcp)
	c.tcp.Close()
}

// connect opens a connection to the server: by way of a proxy, with a PROXY
// header, with TLS, as the settings say.
func (c *HTTPCheck) connect(r *run, t Target) (*connection, error) {
	route := c.set.Route
	if by := c.set.Through; by.IsValid() {
		route.Addr, route.Port = by.Addr(), by.Port()
	}
	tcp, err := r.open(route, t)
	if err != nil {
		return nil, err
	}
	conn := &connection{tcp: tcp, way: c.set.Route.way(t), release: r.attach(tcp)}
	if err := c.prepare(r, conn); err != nil {
		conn.hangUp()
		return nil, err
	}
	return conn, nil
}

// prepare does what comes before the first request.
func (c *HTTPCheck) prepare(r *run, conn *connection) error {
	if err := r.introduce(conn.tcp, c.set.Proxy); err != nil {
		return err
	}
	if c.tls == nil {
		conn.line = newLine(conn.tcp, c.set.Version == HTTP2)
		return nil
	}
	if c.set.proxied() {
		if err := c.tunnel(r, conn); err != nil {
			return err
		}
	}
	s, err := c.tls.handshake(r, conn.tcp, conn.way.asked.Addr())
	if err != nil {
		return err
	}
	conn.ends = r.expires
	chosen := s.ConnectionState().NegotiatedProtocol
	if c.set.Version == HTTP2 && chosen != "h2" {
		return faultf(TLS, "ALPN: the server does not choose h2")
	}
	conn.line = newLine(s, chosen == "h2")
	return nil
}

func newLine(conn net.Conn, h2 bool) line {
	if h2 {
		return newLine2(conn)
	}
	return newLine1(conn, conn)
}

// tunnel asks a proxy for a connection to the server (RFC 9110, 9.3.6).
func (c *HTTPCheck) tunnel(r *run, conn *connection) error {
	to := conn.way.asked.String()
	if c.set.ProxyFor != "" {
		to = withPort(c.set.ProxyFor, usualPort["https"])
	}
	request := fmt.Sprintf("CONNECT %s HTTP/1.1\r\nHost: %s\r\nUser-Agent: luavs\r\n", to, to)
	if text := c.set.ProxyAuth.value(); text != "" {
		request += "Proxy-Authorization: " + text + "\r\n"
	}
	if _, err := conn.tcp.Write([]byte(request + "\r\n")); err != nil {
		return err
	}
	r.reach("CONNECT sent")
	line := newLine1(conn.tcp, nil)
	answer, err := line.answer(r, http.MethodConnect)
	switch {
	case err != nil:
		return err
	case answer.StatusCode/100 != 2:
		return faultf(Status, "the proxy answers CONNECT with status %d", answer.StatusCode)
	case !line.atRest():
		return faultf(Protocol, "the proxy sends more than its answer to CONNECT")
	}
	r.reach("tunnel open")
	return nil
}

// withPort adds a port to a host that has none.
func withPort(host string, port uint16) string {
	if _, _, err := net.SplitHostPort(host); err == nil {
		return host
	}
	return net.JoinHostPort(hostName(host), strconv.Itoa(int(port)))
}
