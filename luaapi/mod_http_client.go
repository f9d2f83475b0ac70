package luaapi

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"

	"github.com/go-resty/resty/v2"

	"luavs/checks"
)

// An httpAnswer is an answer that was read to its end.
type httpAnswer struct {
	status int
	url    string
	header http.Header
	body   []byte
}

// do sends a request and reads the answer.
func (r *httpRequest) do(ctx context.Context) (httpAnswer, error) {
	ctx, cancel := context.WithTimeout(ctx, r.timeout)
	defer cancel()
	reach(ctx, func() string { return "no complete answer of " + r.host() })
	res, err := r.prepare(ctx).Execute(r.method, r.url)
	if err != nil {
		return httpAnswer{}, r.reason(err)
	}
	raw := res.RawResponse
	defer raw.Body.Close()
	body, err := io.ReadAll(io.LimitReader(raw.Body, int64(r.maxBody)+1))
	if err != nil {
		return httpAnswer{}, r.reason(err)
	}
	if len(body) > r.maxBody {
		return httpAnswer{}, &failure{checks.Body, fmt.Sprintf("the body is larger than max_body, which is %d bytes", r.maxBody)}
	}
	return httpAnswer{raw.StatusCode, raw.Request.URL.Redacted(), raw.Header, body}, nil
}

// host is whom the request asks.
func (r *httpRequest) host() string {
	u, err := url.Parse(r.url)
	if err != nil {
		return r.url
	}
	return u.Host
}

// prepare makes the request. The answer's body stays unread: so it can be
// bounded without resty's guesses at its encoding.
func (r *httpRequest) prepare(ctx context.Context) *resty.Request {
	req := r.client.R().SetContext(ctx).SetDoNotParseResponse(true)
	if r.contentType != "" {
		req.SetHeader("Content-Type", r.contentType)
	}
	req.SetHeaders(r.headers).SetQueryParamsFromValues(r.query)
	if len(r.body) > 0 {
		req.SetBody(r.body)
	}
	if r.user != "" {
		req.SetBasicAuth(r.user, r.password)
	}
	if r.bearer != "" {
		req.SetAuthToken(r.bearer)
	}
	return req
}

// reason says in one line why there is no answer, and whose fault that is.
func (r *httpRequest) reason(err error) error {
	var outer *url.Error
	if errors.As(err, &outer) {
		err = outer.Err
	}
	if errors.Is(err, context.DeadlineExceeded) || isTimeout(err) {
		return &failure{checks.Timeout, fmt.Sprintf("no complete answer within %v", r.timeout)}
	}
	return &failure{httpCause(err), err.Error()}
}

// httpCause tells whose fault it is that there is no answer.
func httpCause(err error) checks.Cause {
	var name *net.DNSError
	var conn *net.OpError
	switch {
	case strings.Contains(err.Error(), "tls: "):
		return checks.TLS
	case errors.As(err, &name):
		return checks.Unreachable
	case errors.As(err, &conn):
		cause, _ := checks.Blame(err)
		return cause
	}
	return checks.Protocol
}
