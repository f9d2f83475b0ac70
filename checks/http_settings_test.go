package checks

import (
	"net/http"
	"net/netip"
	"regexp"
	"strings"
	"testing"
	"time"
)

func TestHTTPMistakes(t *testing.T) {
	tests := []struct {
		name string
		set  HTTP
		want string
	}{
		{"a path without a slash", HTTP{Path: "healthz"}, `path "healthz": want one that starts with /`},
		{"a path with a space", HTTP{Path: "/a b"}, `path "/a b": write spaces and control characters as %20`},
		{"a path with a line end", HTTP{Path: "/\r\nX: y"}, `path "/\r\nX: y": write spaces and control characters as %20`},
		{"a method that is no word", HTTP{Method: "GET /"}, `method "GET /": want a word such as GET`},
		{"a host with a line end", HTTP{Host: "a\nb"}, `host "a\nb": want a name or an address, perhaps with :port`},
		{"a header name with a colon", header("X:", "y"), `headers: "X:": a name is letters, digits and - only`},
		{"a header without a name", header("", "y"), `headers: "": a name is letters, digits and - only`},
		{"a header value with a line end", header("X", "y\r\nZ: z"), `headers: X: the value has a control character`},
		{"the Host header", header("host", "www"), `headers: Host: use host`},
		{"a length", header("content-length", "1"), `headers: Content-Length: the check sets it itself`},
		{"a connection", header("Connection", "keep-alive"), `headers: Connection: the check sets it itself`},
		{"a body limit below zero", HTTP{BodyLimit: -1}, `body_limit -1: want 1 to 16777216 bytes`},
		{"a body limit that is too large", HTTP{BodyLimit: 1 << 30}, `body_limit 1073741824: want 1 to 16777216 bytes`},
		{"HEAD with a text", HTTP{Method: "HEAD", BodyContains: "x"}, `method HEAD: its answer has no body to look into; use GET`},
		{"TLS settings without TLS", HTTP{TLSSettings: TLSSettings{InsecureSkipVerify: true}}, `TLS: the settings verify=false are of use with TLS only`},
		{"roots that are no PEM", HTTP{TLS: true, TLSSettings: TLSSettings{RootCAs: []byte("/etc/ssl/ca.pem")}}, `roots: want PEM blocks of CERTIFICATE only`},
		{"roots that are a key", HTTP{TLS: true, TLSSettings: TLSSettings{RootCAs: []byte("-----BEGIN PRIVATE KEY-----\n-----END PRIVATE KEY-----\n")}}, `roots: want PEM blocks of CERTIFICATE only`},
		{"CONNECT", HTTP{Method: "CONNECT"}, `method CONNECT: see through and proxy_for`},
		{"a header Authorization beside credentials", HTTP{Header: http.Header{"authorization": {"x"}}, Auth: Auth{Bearer: "y"}},
			`headers: Authorization: auth and bearer set it; give one of them`},
		{"a user and a token", HTTP{Auth: Auth{User: "a", Bearer: "b"}}, `bearer: want one of auth and bearer, not both`},
		{"a password alone", HTTP{Auth: Auth{Password: "secret"}}, `auth: a password without a user`},
		{"a user with a colon", HTTP{Auth: Auth{User: "a:b"}}, `auth: a user has no : in it (RFC 7617)`},
		{"a token with a line end", HTTP{Auth: Auth{Bearer: "secret\n"}}, `bearer: want visible ASCII characters only; does it end with a line end?`},
		{"another version", HTTP{Version: "3"}, `version "3": want "1.0", "1.1" or "2"`},
		{"a hop header in HTTP/2", HTTP{Version: HTTP2, Header: http.Header{"Upgrade": {"x"}}}, `headers: Upgrade: HTTP/2 has no such header`},
		{"connections of HTTP/2 are not kept", HTTP{Version: HTTP2, Reuse: true}, `reuse: only connections of HTTP/1.1 can be kept`},
		{"version 2 without h2", HTTP{TLS: true, Version: HTTP2, TLSSettings: TLSSettings{ALPN: []string{"http/1.1"}}}, `alpn: version 2 needs "h2" in it`},
		{"version 1.0 with h2", HTTP{TLS: true, Version: HTTP10, TLSSettings: TLSSettings{ALPN: []string{"h2"}}}, `alpn: "h2" is not of version 1.0`},
		{"too many redirects", HTTP{Redirects: 11}, `redirects 11: want 0 to 10`},
		{"a proxy without its port", HTTP{Through: netip.MustParseAddrPort("10.0.0.1:0")}, `through 10.0.0.1:0: want a port`},
		{"two proxies", HTTP{Through: netip.MustParseAddrPort("10.0.0.1:1"), ProxyFor: "a"}, `proxy_for: want one of through and proxy_for, not both`},
		{"a whole address for a proxy", HTTP{ProxyFor: "http://a/"}, `proxy_for "http://a/": want a host, perhaps with :port`},
		{"a password for no proxy", HTTP{ProxyAuth: Auth{User: "a"}}, `proxy_auth: there is no proxy; see through and proxy_for`},
		{"a PROXY header through a proxy", HTTP{Through: netip.MustParseAddrPort("10.0.0.1:1"), Proxy: ProxyV1},
			`proxy_protocol: it would go to the proxy of through, not to the server`},
		{"a host that a proxy replaces", HTTP{ProxyFor: "a", Host: "b"},
			`host: over plain HTTP a proxy replaces it with the name in the address (RFC 9112, 3.2.2)`},
		{"a proxy over HTTP/2", HTTP{ProxyFor: "a", Version: HTTP2}, `version 2: a proxy is asked over HTTP/1`},
		{"HEAD with JSON", HTTP{Method: "HEAD", JSON: []JSONWant{{Path: "a"}}}, `method HEAD: its answer has no body to look into; use GET`},
		{"a path in JSON that is none", HTTP{JSON: []JSONWant{{Path: "a..b"}}},
			`json: path "a..b": want names and positions such as db.connected, queues[0].depth or ["a.b"]; at "..b"`},
		{"bounds the wrong way round", HTTP{JSON: []JSONWant{{Path: "a", Min: number(2), Max: number(1)}}}, `json: a: min is above max`},
		{"a value of what is not there", HTTP{JSON: []JSONWant{{Path: "a", Absent: true, Equal: 1.0}}}, `json: a: what is not there has no value`},
		{"a header that is none", HTTP{HeaderWants: []HeaderWant{{Name: "a b"}}}, `response_headers: "a b" is no name of a header`},
		{"latencies the wrong way round", HTTP{DegradedLatency: 2, MaxLatency: 1},
			`degraded_latency 2ns: an answer that takes so long fails already with max_latency 1ns`},
		{"two mistakes at once", HTTP{Path: "x", Method: "é"}, "method \"é\": want a word such as GET\npath \"x\": want one that starts with /"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if c, err := NewHTTP(tt.set); err == nil || err.Error() != tt.want || c != nil {
				t.Errorf("got %v\nwant %s", err, tt.want)
			}
		})
	}
}

func header(name, value string) HTTP {
	return HTTP{Header: http.Header{name: {value}}}
}

func TestHTTPIdentity(t *testing.T) {
	codes, err := ParseStatusSet("200,301")
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		want string
		set  HTTP
	}{
		{`http GET / status=200-299`, HTTP{}},
		{`https GET / status=200-299`, HTTP{TLS: true}},
		{`http GET /healthz host=www.example.org status=200-299`, HTTP{Path: "/healthz", Host: "www.example.org"}},
		{`http HEAD / addr=10.0.0.9 port=8080 status=200,301`,
			HTTP{Method: "HEAD", Route: Route{Addr: netip.MustParseAddr("10.0.0.9"), Port: 8080}, Status: codes}},
		{`http GET "/?a=b" header="X-A: 1" header="X-B: 2" status=200-299`,
			HTTP{Path: "/?a=b", Header: http.Header{"x-b": {"2"}, "x-a": {"1"}}}},
		{`http GET / status=200-299 body=ready body_match="^ok $" body_limit=100`,
			HTTP{BodyContains: "ready", BodyMatch: regexp.MustCompile("^ok $"), BodyLimit: 100}},
		{`https GET / status=200-299 server_name=a.example verify=false`,
			HTTP{TLS: true, TLSSettings: TLSSettings{ServerName: "a.example", InsecureSkipVerify: true}}},
		{`http GET / proxy_protocol=v2 proxy_for=a version=1.0 redirects=3 status=200-299 degraded_status=429`,
			HTTP{Proxy: ProxyV2, ProxyFor: "a", Version: HTTP10, Redirects: 3, DegradedStatus: mustParse(t, "429")}},
		{`http GET / through=10.0.0.1:3128 reuse status=200-299 response_header=X-A response_header="X-B is 1" response_header="no X-C"`,
			HTTP{Through: netip.MustParseAddrPort("10.0.0.1:3128"), Reuse: true,
				HeaderWants: []HeaderWant{{Name: "x-a"}, {Name: "X-B", Equal: "1"}, {Name: "x-c", Absent: true}}}},
		{`http GET / status=200-299 json="a = \"ok\"" json="b >= 1 <= 2" json="c absent" degraded_latency=300ms max_latency=1s`,
			HTTP{JSON: []JSONWant{{Path: "a", Equal: "ok"}, {Path: "b", Min: number(1), Max: number(2)}, {Path: "c", Absent: true}},
				DegradedLatency: 300 * time.Millisecond, MaxLatency: time.Second}},
	}
	for _, tt := range tests {
		if got := newHTTP(t, tt.set).String(); got != tt.want {
			t.Errorf("got  %s\nwant %s", got, tt.want)
		}
	}
}

func TestIdentityHidesCredentialsAndTellsThemApart(t *testing.T) {
	seen := map[string]bool{}
	for _, set := range []HTTP{
		header("Authorization", "Bearer secret"), header("Authorization", "Bearer secret2"),
		header("Authorization", ""), {}, header("Cookie", "secret"),
		{Auth: Auth{User: "a", Password: "secret"}}, {Auth: Auth{User: "a", Password: "secret2"}}, {Auth: Auth{Bearer: "secret"}},
		{ProxyFor: "a"}, {ProxyFor: "a", ProxyAuth: Auth{User: "a", Password: "secret"}},
		{Method: "POST", RequestBody: []byte("secret")}, {Method: "POST"},
	} {
		text := newHTTP(t, set).String()
		if strings.Contains(text, "secret") || seen[text] {
			t.Errorf("the identity %s shows a secret or is one of two", text)
		}
		seen[text] = true
	}
}

// What most checks ask is all that the plain way knows.
func TestWhichChecksArePlain(t *testing.T) {
	for _, set := range []HTTP{{}, site("/healthz", "ready"), {Method: "POST", RequestBody: []byte("x"), Auth: Auth{Bearer: "x"}}} {
		if !newHTTP(t, set).plain() {
			t.Errorf("%+v is not plain", set)
		}
	}
	for _, set := range []HTTP{
		{TLS: true}, {Proxy: ProxyV1}, {ProxyFor: "a"}, {Through: netip.MustParseAddrPort("10.0.0.1:1")}, {Version: HTTP2},
		{Version: HTTP10}, {Redirects: 1}, {Reuse: true}, {JSON: []JSONWant{{Path: "a"}}}, {HeaderWants: []HeaderWant{{Name: "a"}}},
		{DegradedStatus: mustParse(t, "429")}, {DegradedLatency: 1}, {MaxLatency: 1},
	} {
		if newHTTP(t, set).plain() {
			t.Errorf("%+v is plain", set)
		}
	}
}

// A check may be used while its maker goes on with the same map.
func TestHTTPKeepsItsOwnSettings(t *testing.T) {
	set := header("X", "1")
	c := newHTTP(t, set)
	before := c.String()
	set.Header["X"][0] = "2"
	set.Header.Set("Y", "3")
	if c.String() != before {
		t.Errorf("got %s, want %s", c, before)
	}
}
