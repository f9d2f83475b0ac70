package luaapi

import (
	"net/http"
	"strconv"
	"strings"
	"time"

	lua "github.com/yuin/gopher-lua"

	"luavs/checks"
	"luavs/luaapi/args"
)

// readHTTPCheck reads check.http {...} and check.https {...}.
func readHTTPCheck(f *args.Fields, c *checkSpec, tls bool) {
	set := checks.HTTP{
		Route:           readTCPRoute(f, c),
		Proxy:           readProxyProtocol(f),
		Through:         readThrough(f),
		ProxyFor:        f.String("proxy_for", ""),
		ProxyAuth:       readUser(f, "proxy_auth"),
		Version:         checks.HTTPVersion(f.Enum("version", "", "1.0", "1.1", "2")),
		Method:          f.String("method", ""),
		Path:            f.String("path", ""),
		Host:            f.String("host", ""),
		Header:          readHeaders(f),
		Auth:            readAuth(f),
		RequestBody:     []byte(f.String("request_body", "")),
		Redirects:       f.Int("redirects", 0, 0, checks.MaxRedirects),
		Reuse:           f.Bool("reuse", false),
		Status:          readStatus(f, "status"),
		DegradedStatus:  readStatus(f, "degraded_status"),
		HeaderWants:     readHeaderWants(f),
		BodyContains:    f.String("body", ""),
		BodyMatch:       readPattern(f, "body_match"),
		JSON:            readJSONWants(f),
		BodyLimit:       f.Int("body_limit", 0, 1, 16<<20),
		DegradedLatency: f.Duration("degraded_latency", 0, time.Millisecond),
		MaxLatency:      f.Duration("max_latency", 0, time.Millisecond),
		TLS:             tls,
	}
	if tls {
		set.TLSSettings = readTLSSettings(f)
	}
	if c.via && set.Through.IsValid() {
		f.Mistake("through", `via = "service" asks by way of the service, not of a proxy; leave out one of them`)
	}
	probe, err := checks.NewHTTP(set)
	if noteSettings(f, err) {
		return
	}
	c.id, c.probe = probe.String(), probe
}

// readHeaders reads headers: a table of strings by name.
func readHeaders(f *args.Fields) http.Header {
	header := http.Header{}
	for name, value := range f.StringMap("headers") {
		header[name] = []string{value}
	}
	return header
}

// readAuth reads auth and bearer.
func readAuth(f *args.Fields) checks.Auth {
	auth := readUser(f, "auth")
	auth.Bearer = f.String("bearer", "")
	return auth
}

// readUser reads a field with a user and a password.
func readUser(f *args.Fields, name string) checks.Auth {
	sub := f.Sub(name)
	if sub == nil {
		return checks.Auth{}
	}
	auth := checks.Auth{User: sub.String("user", ""), Password: sub.String("password", "")}
	if auth.User == "" {
		sub.Mistake("user", "is missing")
		return checks.Auth{}
	}
	return auth
}

// readStatus reads a set of status codes: 200, "200-299,301", or a list of
// these.
func readStatus(f *args.Fields, name string) checks.StatusSet {
	var text string
	switch v := f.Value(name).(type) {
	case *lua.LNilType:
		return checks.StatusSet{}
	case lua.LString:
		text = string(v)
	case lua.LNumber:
		text = v.String()
	case *lua.LTable:
		var items []string
		for i, item := range f.Sub(name).List() {
			if !lua.LVCanConvToString(item) {
				f.Sub(name).Mistake(strconv.Itoa(i+1), `want a status such as 200 or "200-299", got %s`, args.Show(item))
				continue
			}
			items = append(items, item.String())
		}
		text = strings.Join(items, ",")
	}
	set, err := checks.ParseStatusSet(text)
	if err != nil {
		f.Mistake(name, "%v", err)
	}
	return set
}
