package checks

import (
	"net/http"
	"regexp"
	"testing"

	"luavs/checks/servertest"
)

const nginxSites = `
server {
	listen LISTEN default_server;
	location / { return 404 "no such site\n"; }
}
server {
	listen LISTEN;
	server_name www.example.org;
	gzip on; gzip_min_length 1; gzip_types text/plain;
	location = /healthz { return 200 "ready\n"; }
	location = /old     { return 301 /healthz; }
	location = /busy    { return 503 "busy\n"; }
	location = /empty   { return 204; }
	location = /cookie  { add_header Set-Cookie "a=b"; return 200 "cookie=[$http_cookie]\n"; }
	location = /echo    { return 200 "$request|$http_user_agent|$http_x_probe|$http_accept_encoding|$http_connection|$content_length"; }
	location = /drop    { return 444; }
}`

// mustParse is for sets without mistakes.
func mustParse(t testing.TB, text string) StatusSet {
	t.Helper()
	s, err := ParseStatusSet(text)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestHTTPWithNginx(t *testing.T) {
	addr := nginx(t, nginxSites)
	tests := []struct {
		name string
		set  HTTP
		want Result
	}{
		{"the default site by address", HTTP{}, fail(Status, "status 404, want 200-299")},
		{"a site by its name", HTTP{Host: "www.example.org", Path: "/healthz", BodyContains: "ready"}, pass},
		{"a site by its name, with a port", HTTP{Host: "www.example.org:80", Path: "/healthz"}, pass},
		{"another name", HTTP{Host: "other.example.org", Path: "/healthz"}, fail(Status, "status 404, want 200-299")},
		{"a redirect is not followed", site("/old", ""), fail(Status, "status 301, want 200-299")},
		{"a redirect may be right", HTTP{Host: "www.example.org", Path: "/old", Status: mustParse(t, "200,300-399")}, pass},
		{"busy", site("/busy", ""), fail(Status, "status 503, want 200-299")},
		{"busy may be right", HTTP{Host: "www.example.org", Path: "/busy", Status: mustParse(t, "503"), BodyContains: "busy"}, pass},
		{"no content", site("/empty", ""), pass},
		{"no content where a text is wanted", site("/empty", "ready"), fail(Body, `body: "ready" not found in 0 bytes`)},
		{"a text that is not there", site("/healthz", "ok"), fail(Body, `body: "ok" not found in 6 bytes`)},
		{"a pattern", HTTP{Host: "www.example.org", Path: "/healthz", BodyMatch: regexp.MustCompile(`^re\w+\n$`)}, pass},
		{"HEAD", HTTP{Method: "HEAD", Host: "www.example.org", Path: "/healthz"}, pass},
		{"the server drops the request", site("/drop", ""), fail(Protocol, "the server closed without an answer")},
		{"the request line and the headers arrive as written; nothing asks for compression", HTTP{
			Host: "www.example.org", Path: "/echo?a=b&c=%20", Method: "POST", RequestBody: []byte("hello"),
			Header:       http.Header{"X-Probe": {"7"}},
			BodyContains: "POST /echo?a=b&c=%20 HTTP/1.1|luavs|7||close|5",
		}, pass},
		{"TLS to a port without", HTTP{TLS: true},
			fail(TLS, "TLS handshake: first record does not look like a TLS handshake")},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := newHTTP(t, tt.set)
			leavesNothing(t, func() { expect(t, ask(t, c, addr, long), tt.want) })
		})
	}
}

func site(path, text string) HTTP {
	return HTTP{Host: "www.example.org", Path: path, BodyContains: text}
}

func TestNoCookieIsKept(t *testing.T) {
	addr := nginx(t, nginxSites)
	c := newHTTP(t, site("/cookie", "cookie=[]"))
	for range 2 {
		expect(t, ask(t, c, addr, long), pass)
	}
}

func TestNoProxyIsTakenFromTheEnvironment(t *testing.T) {
	addr := nginx(t, nginxSites)
	for _, name := range []string{"http_proxy", "HTTP_PROXY", "all_proxy"} {
		t.Setenv(name, "http://"+servertest.Port(t).String())
	}
	expect(t, ask(t, newHTTP(t, site("/healthz", "ready")), addr, long), pass)
}

func TestOneCheckServesManyRunsAtOnce(t *testing.T) {
	addr := nginx(t, nginxSites)
	c := newHTTP(t, site("/healthz", "ready"))
	results := make(chan Result)
	leavesNothing(t, func() {
		for range 50 {
			go func() { results <- ask(t, c, addr, long) }()
		}
		for range 50 {
			expect(t, <-results, pass)
		}
	})
}
