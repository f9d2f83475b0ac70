package luaapi

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"sync"
	"time"

	"github.com/go-resty/resty/v2"
)

const (
	// maxTransports bounds the sets of connections; a script that invents a new
	// server_name for each request must not pile them up.
	maxTransports = 32
	maxRedirects  = 10
	maxHeader     = 64 << 10
	idleTimeout   = 30 * time.Second
)

// httpClients are the clients of one VM, one for each transport setting, so
// that connections are used again. An idle connection ends after idleTimeout,
// also when the policy has. The methods may be called from several goroutines.
type httpClients struct {
	mu  sync.Mutex
	all map[transportKey]*resty.Client
}

func newHTTPClients() *httpClients {
	return &httpClients{all: map[transportKey]*resty.Client{}}
}

// An httpAnswer is an answer that was read to its end.
type httpAnswer struct {
	status int
	header http.Header
	body   []byte
}

// do sends a request and reads the answer.
func (c *httpClients) do(ctx context.Context, r *httpRequest) (httpAnswer, error) {
	ctx, cancel := context.WithTimeout(ctx, r.timeout)
	defer cancel()
	res, err := c.request(ctx, r).Execute(r.method, r.url)
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
		return httpAnswer{}, fmt.Errorf("the body is larger than max_body, which is %d bytes", r.maxBody)
	}
	return httpAnswer{raw.StatusCode, raw.Header, body}, nil
}

// request makes the request. The answer's body stays unread: so it can be
// bounded without resty's guesses at its encoding.
func (c *httpClients) request(ctx context.Context, r *httpRequest) *resty.Request {
	req := c.client(r.transport).R().SetContext(ctx).SetDoNotParseResponse(true)
	if r.contentType != "" {
		req.SetHeader("Content-Type", r.contentType)
	}
	req.SetHeaders(r.headers).SetQueryParams(r.query)
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

// reason says in one line why there is no answer.
func (r *httpRequest) reason(err error) error {
	var outer *url.Error
	if errors.As(err, &outer) {
		err = outer.Err
	}
	var timeout net.Error
	if errors.Is(err, context.DeadlineExceeded) || errors.As(err, &timeout) && timeout.Timeout() {
		return fmt.Errorf("no complete answer within %v", r.timeout)
	}
	return err
}

// client returns the client of a transport setting.
func (c *httpClients) client(key transportKey) *resty.Client {
	c.mu.Lock()
	defer c.mu.Unlock()
	if client := c.all[key]; client != nil {
		return client
	}
	if len(c.all) >= maxTransports {
		c.drop()
	}
	client := newHTTPClient(key)
	c.all[key] = client
	return client
}

// drop forgets every client; requests under way end as they would.
func (c *httpClients) drop() {
	for key, client := range c.all {
		client.GetClient().CloseIdleConnections()
		delete(c.all, key)
	}
}

// newHTTPClient makes a client that does what it was told and nothing by
// itself: no cookies, no proxy from the environment, no retries, no unpacking.
func newHTTPClient(key transportKey) *resty.Client {
	transport := &http.Transport{
		DialContext:            (&net.Dialer{}).DialContext,
		TLSClientConfig:        &tls.Config{InsecureSkipVerify: key.insecure, ServerName: key.serverName},
		DisableCompression:     true,
		MaxIdleConnsPerHost:    4,
		IdleConnTimeout:        idleTimeout,
		MaxResponseHeaderBytes: maxHeader,
	}
	client := resty.NewWithClient(&http.Client{Transport: transport}).
		SetAllowGetMethodPayload(true).
		SetDisableWarn(true).
		SetHeader("User-Agent", "luavs")
	if key.follow {
		return client.SetRedirectPolicy(resty.FlexibleRedirectPolicy(maxRedirects))
	}
	return client.SetRedirectPolicy(resty.RedirectPolicyFunc(func(*http.Request, []*http.Request) error {
		return http.ErrUseLastResponse
	}))
}
