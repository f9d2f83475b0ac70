package checks

import (
	"net/http"
	"net/netip"
	"regexp"
	"strings"
	"testing"
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
		{"a header name with a colon", header("X:", "y"), `header "X:": a name is letters, digits and - only`},
		{"a header without a name", header("", "y"), `header "": a name is letters, digits and - only`},
		{"a header value with a line end", header("X", "y\r\nZ: z"), `header X: the value has a control character`},
		{"the Host header", header("host", "www"), `header Host: use host`},
		{"a length", header("content-length", "1"), `header Content-Length: the check sets it itself`},
		{"a connection", header("Connection", "keep-alive"), `header Connection: the check sets it itself`},
		{"a body limit below zero", HTTP{BodyLimit: -1}, `body limit -1: want 1 to 16777216 bytes`},
		{"a body limit that is too large", HTTP{BodyLimit: 1 << 30}, `body limit 1073741824: want 1 to 16777216 bytes`},
		{"HEAD with a text", HTTP{Method: "HEAD", BodyContains: "x"}, `method HEAD: its answer has no body to look into; use GET`},
		{"TLS settings without TLS", HTTP{InsecureSkipVerify: true}, `server name, verification and root certificates need TLS`},
		{"roots that are no PEM", HTTP{TLS: true, RootCAs: []byte("/etc/ssl/ca.pem")}, `root certificates: want PEM blocks of CERTIFICATE only`},
		{"roots that are a key", HTTP{TLS: true, RootCAs: []byte("-----BEGIN PRIVATE KEY-----\n-----END PRIVATE KEY-----\n")}, `root certificates: want PEM blocks of CERTIFICATE only`},
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
			HTTP{TLS: true, ServerName: "a.example", InsecureSkipVerify: true}},
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
		{Method: "POST", RequestBody: []byte("secret")}, {Method: "POST"},
	} {
		text := newHTTP(t, set).String()
		if strings.Contains(text, "secret") || seen[text] {
			t.Errorf("the identity %s shows a secret or is one of two", text)
		}
		seen[text] = true
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
