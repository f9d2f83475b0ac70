package checks

import (
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
)

func mistake(ok bool, format string, args ...any) error {
	if ok {
		return nil
	}
	return fmt.Errorf(format, args...)
}

// mistakes joins all that is wrong with the settings.
func (set HTTP) mistakes() error {
	errs := []error{set.Route.Mistakes(), set.Proxy.mistake(), set.requestMistake()}
	for _, name := range slices.Sorted(maps.Keys(set.Header)) {
		errs = append(errs, set.headerMistake(name))
	}
	errs = append(errs, set.Auth.mistake("auth"), set.ProxyAuth.mistake("proxy_auth"),
		set.proxyMistake(), set.connectionMistake(), set.answerMistake(), set.tlsMistake())
	return errors.Join(errs...)
}

func (set HTTP) requestMistake() error {
	return errors.Join(
		mistake(isToken(set.Method), "method %q: want a word such as GET", set.Method),
		mistake(set.Method != http.MethodConnect, "method CONNECT: see through and proxy_for"),
		mistake(strings.HasPrefix(set.Path, "/"), "path %q: want one that starts with /", set.Path),
		mistake(isVisible(set.Path), "path %q: write spaces and control characters as %%20", set.Path),
		mistake(isVisible(set.Host), "host %q: want a name or an address, perhaps with :port", set.Host),
	)
}

// headerMistake refuses what would change the framing of the request, and
// what has a field of its own.
func (set HTTP) headerMistake(name string) error {
	switch name {
	case "Host":
		return errors.New("headers: Host: use host")
	case "Connection", "Content-Length", "Transfer-Encoding":
		return fmt.Errorf("headers: %s: the check sets it itself", name)
	case "Keep-Alive", "Proxy-Connection", "Upgrade":
		if set.Version == HTTP2 {
			return fmt.Errorf("headers: %s: HTTP/2 has no such header", name)
		}
	case "Authorization":
		if set.Auth != (Auth{}) {
			return errors.New("headers: Authorization: auth and bearer set it; give one of them")
		}
	}
	if !isToken(name) {
		return fmt.Errorf("headers: %q: a name is letters, digits and - only", name)
	}
	for _, v := range set.Header[name] {
		if hasControl(v) {
			return fmt.Errorf("headers: %s: the value has a control character", name)
		}
	}
	return nil
}

// hasControl reports whether text cannot be the value of a header (RFC 9110,
// 5.5).
func hasControl(text string) bool {
	return strings.ContainsFunc(text, func(r rune) bool { return r < ' ' && r != '\t' || r == 0x7f })
}

// mistake says what is wrong with credentials, without showing them.
func (a Auth) mistake(field string) error {
	return errors.Join(
		mistake(a.User == "" || a.Bearer == "", "bearer: want one of auth and bearer, not both"),
		mistake(a.User != "" || a.Password == "", "%s: a password without a user", field),
		mistake(!strings.Contains(a.User, ":"), "%s: a user has no : in it (RFC 7617)", field),
		mistake(!hasControl(a.User+a.Password), "%s: has a control character", field),
		mistake(isVisible(a.Bearer), "bearer: want visible ASCII characters only; does it end with a line end?"),
	)
}

// proxyMistake judges what has to do with HTTP proxies.
func (set HTTP) proxyMistake() error {
	return errors.Join(
		mistake(isVisible(set.ProxyFor) && !strings.ContainsAny(set.ProxyFor, "/?#@"),
			"proxy_for %q: want a host, perhaps with :port", set.ProxyFor),
		mistake(!set.Through.IsValid() || set.Through.Port() > 0, "through %v: want a port", set.Through),
		mistake(!set.Through.IsValid() || set.ProxyFor == "", "proxy_for: want one of through and proxy_for, not both"),
		mistake(!set.Through.IsValid() || set.Proxy == "", "proxy_protocol: it would go to the proxy of through, not to the server"),
		mistake(set.ProxyAuth == (Auth{}) || set.proxied(), "proxy_auth: there is no proxy; see through and proxy_for"),
		mistake(set.Host == "" || set.TLS || !set.proxied(),
			"host: over plain HTTP a proxy replaces it with the name in the address (RFC 9112, 3.2.2)"),
		mistake(set.Version != HTTP2 || set.TLS || !set.proxied(), "version 2: a proxy is asked over HTTP/1"),
	)
}

// connectionMistake judges what concerns more than one request, and the
// version.
func (set HTTP) connectionMistake() error {
	return errors.Join(
		mistake(set.Version == HTTP10 || set.Version == HTTP11 || set.Version == HTTP2,
			`version %q: want "1.0", "1.1" or "2"`, string(set.Version)),
		mistake(set.Redirects >= 0 && set.Redirects <= MaxRedirects, "redirects %d: want 0 to %d", set.Redirects, MaxRedirects),
		mistake(!set.Reuse || set.Version == HTTP11, "reuse: only connections of HTTP/1.1 can be kept"),
		mistake(set.Version != HTTP2 || len(set.ALPN) == 0 || slices.Contains(set.ALPN, "h2"), `alpn: version 2 needs "h2" in it`),
		mistake(set.Version != HTTP10 || !slices.Contains(set.ALPN, "h2"), `alpn: "h2" is not of version 1.0`),
	)
}

// answerMistake judges what is wanted of the answer.
func (set HTTP) answerMistake() error {
	errs := []error{
		mistake(set.BodyLimit > 0 && set.BodyLimit <= maxBodyLimit,
			"body_limit %d: want 1 to %d bytes", set.BodyLimit, maxBodyLimit),
		mistake(set.Method != http.MethodHead || set.BodyContains == "" && set.BodyMatch == nil && len(set.JSON) == 0,
			"method HEAD: its answer has no body to look into; use GET"),
		mistake(set.DegradedLatency >= 0, "degraded_latency %v: want no negative time", set.DegradedLatency),
		mistake(set.MaxLatency >= 0, "max_latency %v: want no negative time", set.MaxLatency),
		mistake(set.DegradedLatency == 0 || set.MaxLatency == 0 || set.DegradedLatency < set.MaxLatency,
			"degraded_latency %v: an answer that takes so long fails already with max_latency %v", set.DegradedLatency, set.MaxLatency),
	}
	for _, w := range set.HeaderWants {
		errs = append(errs, w.mistake())
	}
	for _, w := range set.JSON {
		errs = append(errs, w.mistake())
	}
	return errors.Join(errs...)
}

func (set HTTP) tlsMistake() error {
	if set.TLS {
		return set.TLSSettings.mistake()
	}
	var id identity
	id.tls(set.TLSSettings)
	return mistake(id.Len() == 0, "TLS: the settings%s are of use with TLS only", shorten(id.String(), 60))
}
