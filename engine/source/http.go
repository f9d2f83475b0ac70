package source

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"time"

	"github.com/go-resty/resty/v2"

	"luavs/engine"
)

// HTTP is a list in JSON that an HTTP endpoint answers with. Make one with
// [NewHTTP].
type HTTP struct {
	url    string
	client *resty.Client

	// The last answer, for one that says it has not changed.
	tag     string
	members []engine.Member
}

// HTTPOptions say how an endpoint is asked.
type HTTPOptions struct {
	URL      string // http or https
	Headers  map[string]string
	Bearer   string // a token; none if empty
	User     string // with Password; none if empty
	Password string
	Insecure bool // the certificate of the server is not looked at
}

// NewHTTP returns a source that does what it was told and nothing by itself: it
// follows no redirects and takes no proxy from the environment.
func NewHTTP(o HTTPOptions) *HTTP {
	transport := &http.Transport{
		DialContext:            (&net.Dialer{}).DialContext,
		TLSClientConfig:        &tls.Config{InsecureSkipVerify: o.Insecure},
		MaxResponseHeaderBytes: 64 << 10,
		IdleConnTimeout:        30 * time.Second,
	}
	client := resty.NewWithClient(&http.Client{Transport: transport}).
		SetDisableWarn(true).
		SetHeader("User-Agent", "luavs").
		SetHeader("Accept", "application/json").
		SetHeaders(o.Headers).
		SetRedirectPolicy(resty.RedirectPolicyFunc(func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }))
	if o.Bearer != "" {
		client.SetAuthToken(o.Bearer)
	}
	if o.User != "" {
		client.SetBasicAuth(o.User, o.Password)
	}
	return &HTTP{url: o.URL, client: client}
}

// List implements [engine.Source].
func (h *HTTP) List(ctx context.Context) (engine.Listing, error) {
	members, err := h.ask(ctx)
	if err != nil {
		return engine.Listing{}, fmt.Errorf("%s: %w", h.url, err)
	}
	return engine.Listing{Members: members}, nil
}

func (h *HTTP) ask(ctx context.Context) ([]engine.Member, error) {
	req := h.client.R().SetContext(ctx).SetDoNotParseResponse(true)
	if h.tag != "" {
		req.SetHeader("If-None-Match", h.tag)
	}
	res, err := req.Get(h.url)
	if err != nil {
		var outer *url.Error
		if errors.As(err, &outer) {
			err = outer.Err
		}
		return nil, err
	}
	defer res.RawBody().Close()
	switch code := res.StatusCode(); {
	case code == http.StatusNotModified && h.tag != "":
		return h.members, nil
	case code != http.StatusOK:
		return nil, fmt.Errorf("status %d, want 200", code)
	}
	text, err := readText(res.RawBody())
	if err != nil {
		return nil, fmt.Errorf("answer: %w", err)
	}
	members, err := parseJSON(text)
	if err != nil {
		return nil, fmt.Errorf("the answer %w", err)
	}
	h.tag, h.members = res.Header().Get("ETag"), members
	return members, nil
}
