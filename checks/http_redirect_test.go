package checks

import (
	"strings"
	"testing"
)

// The port of the server is not 80, so that names without it are other servers.
const redirecting = `server { listen LISTEN; absolute_redirect off; port_in_redirect off;
	location = /end      { return 200 "$request_method end $args $http_authorization\n"; }
	location = /one      { return 302 /end?a=b; }
	location = /two      { return 301 one; }
	location = /absolute { return 307 http://$http_host/end; }
	location = /self     { return 302 /self; }
	location = /other    { return 302 http://127.0.0.1:1/end; }
	location = /name     { return 302 http://localhost:$server_port/end; }
	location = /secure   { return 301 https://$http_host/end; }
	location = /see      { return 303 /end; }
	location = /keep     { return 308 /end; }
	location = /dots     { return 302 ../../end; }
	location = /user     { return 302 http://a:b@$http_host/end; }
	location = /network  { return 302 //127.0.0.1:1/end; }
	location = /file     { return 302 file:///etc/passwd; }
	location = /fragment { return 302 /end#there; }
}`

func TestRedirectsWithNginx(t *testing.T) {
	addr := nginx(t, redirecting)
	at := addr.String()
	away := func(code, to string) Result {
		return fail(Status, "status "+code+`: a redirect to "`+to+`", which is not this server`)
	}
	tests := []struct {
		name string
		set  HTTP
		want Result
	}{
		{"off by default", HTTP{Path: "/one"}, fail(Status, "status 302, want 200-299")},
		{"one", HTTP{Path: "/one", Redirects: 1, BodyContains: "GET end a=b"}, pass},
		{"two, a relative one", HTTP{Path: "/two", Redirects: 2, BodyContains: "end"}, pass},
		{"one more than may be followed", HTTP{Path: "/two", Redirects: 1}, fail(Status, `status 302: more than 1 redirects, the last one to "/end?a=b"`)},
		{"a circle", HTTP{Path: "/self", Redirects: 10}, fail(Status, `status 302: more than 10 redirects, the last one to "/self"`)},
		{"none where there is none", HTTP{Path: "/end", Redirects: 3}, pass},
		{"the whole address of this server", HTTP{Path: "/absolute", Redirects: 1, BodyContains: "end"}, pass},
		{"under its other name", HTTP{Path: "/absolute", Host: "www.example.org", Redirects: 1, BodyContains: "end"}, pass},
		{"another port", HTTP{Path: "/other", Redirects: 1}, away("302", "http://127.0.0.1:1/end")},
		{"another name of the same address", HTTP{Path: "/name", Redirects: 1},
			away("302", strings.Replace("http://"+at+"/end", "127.0.0.1", "localhost", 1))},
		{"another scheme", HTTP{Path: "/secure", Redirects: 1}, away("301", "https://"+at+"/end")},
		{"an address without its scheme", HTTP{Path: "/network", Redirects: 1}, away("302", "//127.0.0.1:1/end")},
		{"credentials of the server's choice", HTTP{Path: "/user", Redirects: 1}, away("302", "http://a:b@"+at+"/end")},
		{"a file", HTTP{Path: "/file", Redirects: 1}, away("302", "file:///etc/passwd")},
		{"dots", HTTP{Path: "/dots", Redirects: 1, BodyContains: "end"}, pass},
		{"a fragment stays here", HTTP{Path: "/fragment", Redirects: 1, BodyContains: "end"}, pass},
		{"see other makes a GET", HTTP{Method: "PUT", Path: "/see", Redirects: 1, BodyContains: "GET end"}, pass},
		{"found makes a GET of a POST", HTTP{Method: "POST", RequestBody: []byte("x"), Path: "/one", Redirects: 1, BodyContains: "GET end"}, pass},
		{"HEAD stays HEAD", HTTP{Method: "HEAD", Path: "/see", Redirects: 1}, pass},
		{"a permanent redirect keeps the method", HTTP{Method: "DELETE", Path: "/keep", Redirects: 1, BodyContains: "DELETE end"}, pass},
		{"credentials go along", HTTP{Path: "/one", Redirects: 1, Auth: Auth{Bearer: "t"}, BodyContains: "Bearer t"}, pass},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := newHTTP(t, tt.set)
			leavesNothing(t, func() { expect(t, ask(t, c, addr, long), tt.want) })
		})
	}
}

// Whatever a Location says, what is asked next is a path of the same server,
// which ends no line.
func FuzzLocation(f *testing.F) {
	for _, text := range []string{"/a", "a?b#c", "//x/", "http://www.example.org/", "HTTP://WWW.example.org:80", "../..", "\r\nX: y", "mailto:a", "http://a@www.example.org/", "?q", "%"} {
		f.Add(text)
	}
	q := &question{scheme: "http", authority: "www.example.org", path: "/start/x?y"}
	f.Fuzz(func(t *testing.T, location string) {
		path, same := q.locate(location)
		if same && (!strings.HasPrefix(path, "/") || strings.ContainsAny(path, " \r\n\t#")) {
			t.Errorf("%q leads to %q", location, path)
		}
	})
}
