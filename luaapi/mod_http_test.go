package luaapi

import (
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"luavs/checks"
	"luavs/luaapi/vm"
)

// echo answers with what it was asked.
func echo(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	fmt.Fprintf(w, "%s %s\n", r.Method, r.URL.RequestURI())
	for _, name := range slices.Sorted(maps.Keys(r.Header)) {
		fmt.Fprintf(w, "%s: %s\n", name, r.Header.Get(name))
	}
	fmt.Fprintf(w, "%s", body)
}

// webServer starts a server and returns what makes its address known to a bench.
func webServer(t *testing.T, handler http.HandlerFunc) func(*bench) {
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	return func(b *bench) { b.set("url", server.URL) }
}

func TestHTTPRequests(t *testing.T) {
	runScripts(t, webServer(t, echo), []scriptCase{
		{name: "get", script: `local r = http.get(url .. "/a?b=c") print(r.status, r.body, r.took > 0, r.took < 5)`,
			want: "200\tGET /a?b=c\nUser-Agent: luavs\n\ttrue\ttrue"},
		{name: "query is added", script: `print(http.get(url .. "/a?b=c", { query = { d = "e f" } }).body)`,
			want: "GET /a?b=c&d=e+f\nUser-Agent: luavs\n"},
		{name: "headers", script: `print(http.get(url, { headers = { ["user-agent"] = "mine", ["X-Y"] = "z" } }).body)`,
			want: "GET /\nUser-Agent: mine\nX-Y: z\n"},
		{name: "the methods", script: `
			for _, name in ipairs { "get", "post", "put", "patch", "delete" } do print(http[name](url).body:match("^%u+")) end
			print(http.head(url).status, #http.head(url).body)
			print(http.request { url = url }.body:match("^%u+"), http.request { method = "options", url = url }.body:match("^%u+"))`,
			want: "GET\nPOST\nPUT\nPATCH\nDELETE\n200\t0\nGET\tOPTIONS"},
		{name: "a body", script: `print(http.post(url, { body = "hello", headers = { ["Content-Type"] = "x/y" } }).body)`,
			want: "POST /\nContent-Length: 5\nContent-Type: x/y\nUser-Agent: luavs\nhello"},
		{name: "json", script: `print(http.put(url, { json = { a = { 1 } } }).body)`,
			want: "PUT /\nAccept: application/json\nContent-Length: 9\nContent-Type: application/json\nUser-Agent: luavs\n{\"a\":[1]}"},
		{name: "a form", script: `print(http.post(url, { form = { b = "x y", a = "1" } }).body)`,
			want: "POST /\nContent-Length: 9\nContent-Type: application/x-www-form-urlencoded\nUser-Agent: luavs\na=1&b=x+y"},
		{name: "get with a body", script: `print(http.get(url, { json = 1 }).body:match("\n(%d)$"))`, want: "1"},
		{name: "user and password", script: `print(http.get(url, { auth = { user = "u", password = "p" } }).body)`,
			want: "GET /\nAuthorization: Basic dTpw\nUser-Agent: luavs\n"},
		{name: "bearer", script: `print(http.get(url, { bearer = "token" }).body)`,
			want: "GET /\nAuthorization: Bearer token\nUser-Agent: luavs\n"},
	})
}

// answers is a server with a page for each kind of answer.
func answers(w http.ResponseWriter, r *http.Request) {
	switch r.URL.Path {
	case "/json":
		w.Header().Set("Content-Type", "application/json")
		io.WriteString(w, `{"ready":true,"n":[1,2]}`)
	case "/cookie":
		http.SetCookie(w, &http.Cookie{Name: "a", Value: "b"})
		w.Header().Add("X-Many", "1")
		w.Header().Add("X-Many", "2")
		fmt.Fprint(w, r.Header.Get("Cookie"))
	case "/moved":
		http.Redirect(w, r, "/json", http.StatusFound)
	case "/loop":
		http.Redirect(w, r, "/loop", http.StatusFound)
	case "/error":
		http.Error(w, "broken", http.StatusInternalServerError)
	case "/gzip":
		w.Header().Set("Content-Encoding", "gzip")
		z := gzip.NewWriter(w)
		io.WriteString(z, strings.Repeat("x", 1<<20))
		z.Close()
	case "/endless":
		for r.Context().Err() == nil {
			if _, err := w.Write(make([]byte, 64<<10)); err != nil {
				return
			}
		}
	case "/reset":
		conn, _, _ := w.(http.Hijacker).Hijack()
		conn.(*net.TCPConn).SetLinger(0)
		conn.Close()
	case "/short":
		w.Header().Set("Content-Length", "100")
		io.WriteString(w, "x")
	case "/headers":
		w.Header().Set("X", strings.Repeat("y", maxHeader+1))
	case "/junk":
		conn, _, _ := w.(http.Hijacker).Hijack()
		io.WriteString(conn, "SSH-2.0-OpenSSH\r\n")
		conn.Close()
	default: // stalls
		w.(http.Flusher).Flush()
		<-r.Context().Done()
	}
}

func TestHTTPAnswers(t *testing.T) {
	runScripts(t, webServer(t, answers), []scriptCase{
		{name: "json is decoded", script: `local v = http.get(url .. "/json"):json() print(v.ready, v.n[2])`, want: "true\t2"},
		{name: "a body that is no json", script: `print(http.get(url .. "/error"):json())`, want: "nil\tline 1, column 1: invalid character 'b' looking for beginning of value"},
		{name: "an error status is an answer", script: `local r = http.get(url .. "/error") print(r.status, r.body)`, want: "500\tbroken\n"},
		{name: "headers ignore case", script: `local h = http.get(url .. "/json").headers print(h["content-type"], h["Content-Type"], h.CONTENT_TYPE)`, want: "application/json\tapplication/json\tnil"},
		{name: "headers are a table", script: `local n = 0 for k, v in pairs(http.get(url .. "/json").headers) do n = n + 1 end print(n)`, want: "3"},
		{name: "a header that comes twice is joined", script: `print(http.get(url .. "/cookie").headers["x-many"])`, want: "1, 2"},
		{name: "cookies are not kept", script: `http.get(url .. "/cookie") print(#http.get(url .. "/cookie").body)`, want: "0"},
		{name: "redirects are answers", script: `local r = http.get(url .. "/moved") print(r.status, r.headers.location)`, want: "302\t/json"},
		{name: "redirects are followed if asked", script: `print(http.get(url .. "/moved", { follow = true }).status)`, want: "200"},
		{name: "redirects are not followed for ever", script: `print(http.get(url .. "/loop", { follow = true }))`, want: "nil\tstopped after 10 redirects\tprotocol"},
		{name: "a packed body is as it was sent", script: `local r = http.get(url .. "/gzip", { max_body = 10000 }) print(r.status, #r.body < 10000, r.headers["content-encoding"])`, want: "200\ttrue\tgzip"},
		{name: "a body that is too large", script: `print(http.get(url .. "/endless", { max_body = 100000 }))`, want: "nil\tthe body is larger than max_body, which is 100000 bytes\tbody"},
		{name: "a body of just the limit", script: `print(http.get(url .. "/json", { max_body = 24 }).status, http.get(url .. "/json", { max_body = 23 }))`, want: "200\tnil\tthe body is larger than max_body, which is 23 bytes\tbody"},
		{name: "a body that ends too soon", script: `print(http.get(url .. "/short"))`, want: "nil\tunexpected EOF\tprotocol"},
		{name: "a reset", script: `print((select(2, http.get(url .. "/reset")):match("connection reset by peer")))`, want: "connection reset by peer"},
		{name: "headers without end", script: `print((select(2, http.get(url .. "/headers")):match("exceeded")))`, want: "exceeded"},
		{name: "no http at all", script: `print((select(2, http.get(url .. "/junk")):match("malformed HTTP")))`, want: "malformed HTTP"},
		{name: "a stall", script: `print(http.get(url .. "/stall", { timeout = "50ms" }))`, want: "nil\tno complete answer within 50ms\ttimeout"},
		{name: "a closed port", script: `print((select(2, http.get("http://127.0.0.1:1/")):match("connection refused")))`, want: "connection refused"},
		{name: "an unknown field", script: `print(http.get(url .. "/json").stauts)`, err: `test.lua:1: http result has no field "stauts" (did you mean "status"?)`},
		{name: "a Go name", script: `print(http.get(url .. "/json").Status)`, err: `http result has no field "Status" (did you mean "status"?)`},
		{name: "a field is written", script: `http.get(url .. "/json").status = 1`, err: `http result is read only`},
		{name: "tostring", script: `print(http.get(url .. "/json"))`, want: "http result"},
	})
}

func TestHTTPS(t *testing.T) {
	names := make(chan string, 10)
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		names <- r.TLS.ServerName
		io.WriteString(w, r.Proto)
	}))
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.EnableHTTP2 = true
	server.StartTLS()
	t.Cleanup(server.Close)
	b := newBench(t)
	b.set("url", server.URL)
	for _, c := range []struct{ script, want string }{
		{`print((select(2, http.get(url)):match("certificate signed by unknown authority")))`, "certificate signed by unknown authority"},
		{`print(http.get(url, { verify = false, server_name = "www.example.com" }).body)`, "HTTP/1.1"},
		{`print((select(2, http.get(url, { server_name = "other.example" })) ~= nil))`, "true"},
	} {
		if got := b.must(t, c.script); got != c.want {
			t.Errorf("%s printed %s, want %s", c.script, got, c.want)
		}
	}
	if got := <-names; got != "www.example.com" {
		t.Errorf("the server was asked for %q, want www.example.com", got)
	}
}

// One connection serves one request after the other; other transport settings
// have their own.
func TestHTTPConnectionsAreUsedAgain(t *testing.T) {
	var opened atomic.Int64
	server := httptest.NewUnstartedServer(http.HandlerFunc(echo))
	server.Config.ConnState = func(_ net.Conn, s http.ConnState) {
		if s == http.StateNew {
			opened.Add(1)
		}
	}
	server.Start()
	t.Cleanup(server.Close)
	b := newBench(t)
	b.set("url", server.URL)
	b.must(t, `for i = 1, 5 do assert(http.get(url)) end assert(http.get(url, { max_body = 10000, timeout = 1 }))`)
	if n := opened.Load(); n != 1 {
		t.Errorf("%d connections were opened, want 1", n)
	}
	b.must(t, `for i = 1, 5 do assert(http.get(url, { follow = true })) end`)
	if n := opened.Load(); n != 2 {
		t.Errorf("%d connections were opened, want 2", n)
	}
}

func TestHTTPTransportsAreBounded(t *testing.T) {
	clients := newHTTPClients()
	for i := range 3 * maxTransports {
		clients.client(transport{tls: checks.TLSSettings{ServerName: fmt.Sprint(i)}})
		if n := len(clients.all); n > maxTransports {
			t.Fatalf("%d transports, want at most %d", n, maxTransports)
		}
	}
}

func TestHTTPTakesNoProxyFromTheEnvironment(t *testing.T) {
	t.Setenv("http_proxy", "http://127.0.0.1:1")
	t.Setenv("HTTP_PROXY", "http://127.0.0.1:1")
	client, err := newHTTPClient(transport{})
	if err != nil || client.GetClient().Transport.(*http.Transport).Proxy != nil {
		t.Error("the transport asks the environment for a proxy")
	}
}

// A task that is cancelled ends at once, whatever its timeout.
func TestACancelledTaskEndsAtOnce(t *testing.T) {
	stalled := make(chan struct{}, 1)
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		stalled <- struct{}{}
		<-r.Context().Done()
	}))
	t.Cleanup(server.Close)
	b := newBench(t)
	b.set("url", server.URL)
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		<-stalled
		cancel()
	}()
	printed, err := b.run(t, ctx, `print(pcall(http.get, url, { timeout = "10h" }))`)
	if !errors.Is(err, vm.ErrCanceled) || printed != "" {
		t.Errorf("error %v after %q, want ErrCanceled at once", err, printed)
	}
}

// While one task waits for a server, another runs.
func TestOthersRunWhileOneWaits(t *testing.T) {
	stalled, goOn := make(chan struct{}), make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		close(stalled)
		<-goOn
		io.WriteString(w, "late")
	}))
	t.Cleanup(server.Close)
	b := newBench(t)
	b.set("url", server.URL)
	done := make(chan error, 1)
	go func() {
		_, err := b.run(t, context.Background(), `assert(http.get(url).body == "late")`)
		done <- err
	}()
	<-stalled
	if got := b.must(t, `print("here")`); got != "here" {
		t.Errorf("printed %q, want here", got)
	}
	close(goOn)
	if err := <-done; err != nil {
		t.Error(err)
	}
}
