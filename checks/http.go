package checks

import (
	"context"
	"net/http"
	"net/netip"
	"regexp"
	"time"
)

// HTTP holds the settings of an HTTP check. The zero HTTP asks for "/" over
// plain HTTP/1.1 and accepts 200-299. [NewHTTP] makes a check of it.
type HTTP struct {
	Route               // whom to ask
	Proxy ProxyProtocol // the header that goes before all else

	Through   netip.AddrPort // an HTTP proxy to ask by; the zero AddrPort for none
	ProxyFor  string         // the server asked is an HTTP proxy itself: fetch from this host, perhaps with :port
	ProxyAuth Auth           // for the proxy

	TLS         bool // HTTPS
	TLSSettings      // for HTTPS; an empty ServerName stands for Host, empty ALPN for what Version needs

	Version     HTTPVersion // HTTP/1.1 if empty, unless ALPN lets the server choose
	Method      string      // GET if empty
	Path        string      // with the query, as it goes over the wire; "/" if empty
	Host        string      // the Host header; the address and port that are asked if empty
	Header      http.Header // more headers; they come after User-Agent: luavs, or in its place
	Auth        Auth        // the Authorization header
	RequestBody []byte      // sent with a Content-Length
	Redirects   int         // how many are followed, to the same server only
	Reuse       bool        // the connection is kept for the next run

	Status         StatusSet      // accepted; 200-299 if empty
	DegradedStatus StatusSet      // accepted too, as Degraded
	HeaderWants    []HeaderWant   // what the answer's headers have to be
	BodyContains   string         // the body has to hold this text
	BodyMatch      *regexp.Regexp // the body has to match this
	JSON           []JSONWant     // what the body has to say as JSON
	BodyLimit      int            // bytes of the body that are read; 0 is DefaultLimit

	DegradedLatency time.Duration // an answer that took longer is Degraded; 0 for any time
	MaxLatency      time.Duration // an answer that took longer is a Fail; 0 for any time
}

// An HTTPVersion is a version of HTTP.
type HTTPVersion string

// The versions.
const (
	HTTP10 HTTPVersion = "1.0"
	HTTP11 HTTPVersion = "1.1"
	HTTP2  HTTPVersion = "2" // with TLS by ALPN "h2", without by prior knowledge (RFC 9113, 3.3)
)

// An HTTPCheck puts one HTTP request over a connection of its own and judges
// the answer. It keeps no cookie and takes no proxy from the environment. Use
// [NewHTTP].
//
// It speaks over the connection itself, not through a [http.Transport], which
// starts goroutines for each connection that outlive the request.
//
// With Reuse it keeps at most one idle connection for each server, and none
// for longer than [IdleLimit]; Close ends them.
type HTTPCheck struct {
	set    HTTP
	tls    *tlsClient // nil for plain HTTP
	kept   kept
	sketch *sketch // nil unless plain
}

// Check implements [Check].
func (c *HTTPCheck) Check(ctx context.Context, t Target) Result {
	if c.sketch != nil {
		return pollOnce(ctx, c, t)
	}
	r := start(ctx)
	if err := c.ask(r, t); err != nil {
		return r.failed(err)
	}
	return r.passed()
}

// Close ends the connections that are kept. Later runs keep none.
func (c *HTTPCheck) Close() error {
	c.kept.close()
	return nil
}

// ask puts the question, and those that redirects lead to.
func (c *HTTPCheck) ask(r *run, t Target) error {
	began := time.Now()
	q := c.question(c.set.Route.to(t))
	for left := c.set.Redirects; q != nil; left-- {
		var err error
		if q, err = c.hop(r, t, q, left); err != nil {
			return err
		}
	}
	return c.judgeLatency(r, time.Since(began))
}

// hop puts one question. It returns the next one if the answer is a redirect
// to follow; any other answer it judges.
func (c *HTTPCheck) hop(r *run, t Target, q *question, left int) (*question, error) {
	conn, answer, err := c.put(r, t, q)
	if err != nil {
		return nil, err
	}
	next, err := c.follow(q, answer, left)
	if next != nil || err != nil {
		conn.hangUp()
		return next, err
	}
	whole, err := c.judge(r, answer)
	if err != nil || !whole || !conn.mayStay(answer) || !c.kept.put(conn) {
		conn.hangUp()
	}
	return nil, err
}

// put puts a question and returns the header of the answer, on a kept
// connection if there is one. The server may close that at any time: then the
// question is put once more, on a connection of its own.
func (c *HTTPCheck) put(r *run, t Target, q *question) (*connection, *http.Response, error) {
	if conn := c.kept.take(r, c.set.Route.way(t)); conn != nil {
		answer, err := c.again(r, conn, q)
		if err == nil || !conn.stale(err) {
			return conn, answer, err
		}
		r.steps = nil
	}
	conn, err := c.connect(r, t)
	if err != nil {
		return nil, nil, err
	}
	answer, err := exchange(r, conn, q)
	return conn, answer, err
}

// again puts a question on a kept connection, whose certificate has grown
// older.
func (c *HTTPCheck) again(r *run, conn *connection, q *question) (*http.Response, error) {
	if c.tls != nil {
		if err := c.tls.judgeEnd(r, conn.ends); err != nil {
			conn.hangUp()
			return nil, err
		}
	}
	return exchange(r, conn, q)
}

// exchange puts a question, and hangs up if there is no answer.
func exchange(r *run, conn *connection, q *question) (*http.Response, error) {
	answer, err := conn.line.exchange(r, q)
	if err != nil {
		conn.hangUp()
	}
	return answer, err
}

// plain reports whether the check asks as most do: one HTTP/1.1 request over a
// TCP connection of its own, judged by its status and the text of its body.
func (c *HTTPCheck) plain() bool {
	set := c.set
	return !set.TLS && set.Proxy == "" && !set.Through.IsValid() && set.ProxyFor == "" &&
		set.Version == HTTP11 && set.Redirects == 0 && !set.Reuse &&
		set.DegradedStatus == (StatusSet{}) && len(set.HeaderWants) == 0 && len(set.JSON) == 0 &&
		set.DegradedLatency == 0 && set.MaxLatency == 0
}
