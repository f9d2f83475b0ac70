package checks

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"
)

// MaxRedirects is how many redirects a check can follow.
const MaxRedirects = 10

// follow is the question that a redirect leads to (RFC 9110, 15.4), nil if the
// answer is none that is followed. Left is how many may be followed still.
//
// It is put to the address and port that were asked, whatever names say; so a
// redirect cannot make a check ask somebody else. One to another scheme, name
// or port is a fault.
func (c *HTTPCheck) follow(q *question, answer *http.Response, left int) (*question, error) {
	location := answer.Header.Get("Location")
	if c.set.Redirects == 0 || location == "" || !isRedirect(answer.StatusCode) {
		return nil, nil
	}
	code := answer.StatusCode
	if left == 0 {
		return nil, faultf(Status, "status %d: more than %d redirects, the last one to %s", code, c.set.Redirects, shortQuote(location))
	}
	path, same := q.locate(location)
	if !same {
		return nil, faultf(Status, "status %d: a redirect to %s, which is not this server", code, shortQuote(location))
	}
	next := *q
	next.path = path
	if code == http.StatusSeeOther && q.method != http.MethodHead || q.method == http.MethodPost && code <= http.StatusFound {
		next.method, next.body = http.MethodGet, nil
	}
	return &next, nil
}

func isRedirect(code int) bool {
	switch code {
	case http.StatusMovedPermanently, http.StatusFound, http.StatusSeeOther,
		http.StatusTemporaryRedirect, http.StatusPermanentRedirect:
		return true
	}
	return false
}

// locate is the path of a Location, which may be relative; false if it leads
// away from the server of the question.
func (q *question) locate(location string) (path string, same bool) {
	base, err := url.Parse(q.scheme + "://" + q.authority + q.path)
	if err != nil {
		return "", false
	}
	to, err := base.Parse(location)
	if err != nil || to.Scheme != q.scheme || to.User != nil || !sameHost(q.scheme, to.Host, q.authority) {
		return "", false
	}
	path = to.RequestURI()
	return path, strings.HasPrefix(path, "/") && isVisible(path)
}

// sameHost compares two authorities of a scheme.
func sameHost(scheme, a, b string) bool {
	usual := ":" + strconv.Itoa(int(usualPort[scheme]))
	return strings.EqualFold(strings.TrimSuffix(a, usual), strings.TrimSuffix(b, usual))
}
