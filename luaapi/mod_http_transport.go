package luaapi

import (
	"net/http"
	"net/url"
	"slices"
	"sync"
	"time"

	"github.com/go-resty/resty/v2"

	"luavs/checks"
	"luavs/luaapi/args"
)

const (
	// maxTransports bounds the sets of connections; a script that invents a new
	// server_name for each request must not pile them up.
	maxTransports = 32
	maxRedirects  = 10
	maxHeader     = 64 << 10
	idleTimeout   = 30 * time.Second
)

// A transport is what requests must have in common to share connections.
type transport struct {
	tls    checks.TLSSettings
	route  checks.Route
	proxy  string
	follow bool
}

// readTransport reads how to connect, and to whom.
func readTransport(f *args.Fields) transport {
	t := transport{tls: readTrust(f), route: readOutgoing(f), proxy: f.String("proxy", ""), follow: f.Bool("follow", false)}
	noteSettings(f, t.route.Mistakes())
	if u, err := url.Parse(t.proxy); t.proxy != "" && (err != nil || u.Hostname() == "" || !slices.Contains([]string{"http", "https", "socks5"}, u.Scheme)) {
		f.Mistake("proxy", `want an address such as "http://10.0.0.5:3128" or "socks5://10.0.0.5:1080", got %q`, t.proxy)
	}
	return t
}

// A transportKey is a transport that can be compared.
type transportKey struct {
	serverName, roots, certificate, key, proxy string

	minVersion       uint16
	insecure, follow bool
	route            checks.Route
}

func (t transport) compare() transportKey {
	return transportKey{
		serverName: t.tls.ServerName, roots: string(t.tls.RootCAs), certificate: string(t.tls.Certificate), key: string(t.tls.Key),
		minVersion: t.tls.MinVersion, insecure: t.tls.InsecureSkipVerify, follow: t.follow, proxy: t.proxy, route: t.route,
	}
}

// httpClients are the clients of one VM, one for each transport, so that
// connections are used again. An idle connection ends after idleTimeout, also
// when the policy has. The methods may be called from several goroutines.
type httpClients struct {
	mu  sync.Mutex
	all map[transportKey]*resty.Client
}

func newHTTPClients() *httpClients {
	return &httpClients{all: map[transportKey]*resty.Client{}}
}

// client returns the client of a transport. The error names every mistake of
// its settings, as those of checks do.
func (c *httpClients) client(t transport) (*resty.Client, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	key := t.compare()
	if client := c.all[key]; client != nil {
		return client, nil
	}
	client, err := newHTTPClient(t)
	if err != nil {
		return nil, err
	}
	if len(c.all) >= maxTransports {
		c.drop()
	}
	c.all[key] = client
	return client, nil
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
func newHTTPClient(t transport) (*resty.Client, error) {
	config, err := t.tls.Config()
	if err != nil {
		return nil, err
	}
	wire := &http.Transport{
		DialContext:            t.route.Dialer().DialContext,
		TLSClientConfig:        config,
		DisableCompression:     true,
		MaxIdleConnsPerHost:    4,
		IdleConnTimeout:        idleTimeout,
		MaxResponseHeaderBytes: maxHeader,
	}
	if u, err := url.Parse(t.proxy); err == nil && t.proxy != "" {
		wire.Proxy = http.ProxyURL(u)
	}
	client := resty.NewWithClient(&http.Client{Transport: wire}).
		SetAllowGetMethodPayload(true).
		SetDisableWarn(true).
		SetHeader("User-Agent", "luavs")
	if t.follow {
		return client.SetRedirectPolicy(resty.FlexibleRedirectPolicy(maxRedirects)), nil
	}
	return client.SetRedirectPolicy(resty.RedirectPolicyFunc(func(*http.Request, []*http.Request) error {
		return http.ErrUseLastResponse
	})), nil
}
