package checks

import (
	"net"
	"regexp"
	"testing"
	"time"
)

func degraded(c Cause, reason string) Result {
	return Result{Outcome: Degraded, Cause: c, Reason: reason}
}

func TestHTTPHeadersAndJSON(t *testing.T) {
	wants := func(w ...HeaderWant) HTTP { return HTTP{HeaderWants: w} }
	const kind = "Content-Type: text/html\r\nX-A: 1\r\nx-a: 2\r\n\r\n"
	tests := []struct {
		name   string
		set    HTTP
		answer string
		want   Result
	}{
		{"a header is there", wants(HeaderWant{Name: "content-type"}), ok + kind, pass},
		{"a header is not there", wants(HeaderWant{Name: "x-ready"}), ok + kind, fail(Header, "header: no X-Ready")},
		{"a header must not be there", wants(HeaderWant{Name: "X-Ready", Absent: true}), ok + kind, pass},
		{"a header is there that must not be", wants(HeaderWant{Name: "X-A", Absent: true}), ok + kind,
			fail(Header, `header: X-A is there: "1, 2"`)},
		{"its value", wants(HeaderWant{Name: "Content-Type", Equal: "text/html"}), ok + kind, pass},
		{"another value", wants(HeaderWant{Name: "Content-Type", Equal: "text/plain"}), ok + kind,
			fail(Header, `header: Content-Type is "text/html", want "text/plain"`)},
		{"a header of two lines is one", wants(HeaderWant{Name: "x-A", Equal: "1, 2"}), ok + kind, pass},
		{"a pattern", wants(HeaderWant{Name: "Content-Type", Match: regexp.MustCompile("html$")}), ok + kind, pass},
		{"no match", wants(HeaderWant{Name: "Content-Type", Match: regexp.MustCompile("^html")}), ok + kind,
			fail(Header, `header: Content-Type is "text/html", want a match of "^html"`)},
		{"the status comes before the headers", wants(HeaderWant{Name: "X"}), "HTTP/1.1 404 No\r\n\r\n",
			fail(Status, "status 404, want 200-299")},
		{"a status that is accepted as degraded", HTTP{DegradedStatus: mustParse(t, "429")}, "HTTP/1.1 429 Busy\r\n\r\n",
			degraded(Status, "status 429")},
		{"a degraded answer that lacks the text fails", HTTP{DegradedStatus: mustParse(t, "429"), BodyContains: "x"},
			"HTTP/1.1 429 Busy\r\n\r\n", fail(Body, `body: "x" not found in 0 bytes`)},
		{"JSON", HTTP{JSON: []JSONWant{{Path: "status", Equal: "ok"}, {Path: "queues[0].depth", Max: number(200)}}}, ok + "\r\n" + health, pass},
		{"the first want that is not met is the reason", HTTP{JSON: []JSONWant{{Path: "status"}, {Path: "x"}, {Path: "y"}}},
			ok + "\r\n" + health, fail(Body, "json: x is missing or null")},
		{"JSON that may go on behind the limit", HTTP{JSON: []JSONWant{{Path: "a"}}, BodyLimit: 7}, ok + "\r\n" + `{"a":1}`,
			fail(Body, "json: the body has more than 6 bytes, see body_limit")},
		{"JSON without end", HTTP{JSON: []JSONWant{{Path: "a"}}}, ok + "Content-Length: 3\r\n\r\n[1,",
			fail(Body, "json: the body is no JSON: it ends too early")},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			addr := serve(t, says(tt.answer, closes))
			c := newHTTP(t, tt.set)
			leavesNothing(t, func() { expect(t, ask(t, c, addr, long), tt.want) })
		})
	}
}

func TestHTTPLatency(t *testing.T) {
	slow := func(c *net.TCPConn) {
		c.Read(make([]byte, 4096))
		time.AfterFunc(60*time.Millisecond, func() {
			c.Write([]byte(ok + "\r\n"))
			c.CloseWrite()
		})
		hold(c)
	}
	addr := serve(t, slow)
	tests := []struct {
		name string
		set  HTTP
		want Outcome
	}{
		{"fast enough", HTTP{DegradedLatency: long, MaxLatency: 2 * long}, Pass},
		{"slow", HTTP{DegradedLatency: 50 * time.Millisecond, MaxLatency: long}, Degraded},
		{"too slow", HTTP{DegradedLatency: 10 * time.Millisecond, MaxLatency: 50 * time.Millisecond}, Fail},
	}
	for _, tt := range tests {
		res := ask(t, newHTTP(t, tt.set), addr, long)
		if res.Outcome != tt.want || (res.Cause == Timeout) == (tt.want == Pass) {
			t.Errorf("%s: %+v", tt.name, res)
		}
		if tt.want != Pass && !regexp.MustCompile(`^took \d+ms, want at most 50ms$`).MatchString(res.Reason) {
			t.Errorf("%s: reason %q", tt.name, res.Reason)
		}
	}
}

func TestHTTPCredentials(t *testing.T) {
	addr := nginx(t, `server { listen LISTEN; location / {
		if ($http_authorization = "Basic bHVhdnM6c2VjcmV0OnM=") { return 200 "user"; }
		if ($http_authorization = "Bearer token.1") { return 200 "token"; }
		return 401; } }`)
	tests := []struct {
		name string
		auth Auth
		want Result
	}{
		{"a user and a password", Auth{User: "luavs", Password: "secret:s"}, pass},
		{"a token", Auth{Bearer: "token.1"}, pass},
		{"another password", Auth{User: "luavs", Password: "guess"}, fail(Status, "status 401, want 200-299")},
		{"nothing", Auth{}, fail(Status, "status 401, want 200-299")},
	}
	for _, tt := range tests {
		expect(t, ask(t, newHTTP(t, HTTP{Auth: tt.auth}), addr, long), tt.want)
	}
}

// HTTP/1.0 is what old checks speak.
func TestHTTP10WithNginx(t *testing.T) {
	addr := nginx(t, `server { listen LISTEN; location / { return 200 "$request $host"; } }`)
	expect(t, ask(t, newHTTP(t, HTTP{Version: HTTP10, Host: "a.example", BodyMatch: regexp.MustCompile(`^GET / HTTP/1\.0 a\.example$`)}), addr, long), pass)
}
