package checks

import (
	"bytes"
	"net"
	"net/http"
	"net/textproto"
	"slices"
	"strings"
)

// maxBodyLimit bounds what one run may hold in memory.
const maxBodyLimit = 16 << 20

// NewHTTP makes a check of its settings. The error names every mistake, each
// on a line of its own that begins with the setting's name in a policy.
func NewHTTP(set HTTP) (*HTTPCheck, error) {
	set = set.withDefaults()
	if err := set.mistakes(); err != nil {
		return nil, err
	}
	c := &HTTPCheck{set: set, kept: kept{on: set.Reuse, all: map[way]*idle{}}}
	if set.TLS {
		c.tls = set.tlsClient()
	}
	if c.plain() {
		c.sketch = c.outline()
	}
	return c, nil
}

// withDefaults fills in what was left out, in a copy that shares nothing.
func (set HTTP) withDefaults() HTTP {
	if set.Method == "" {
		set.Method = http.MethodGet
	}
	if set.Path == "" {
		set.Path = "/"
	}
	if set.Version == "" {
		set.Version = HTTP11
	}
	if set.Status == (StatusSet{}) {
		set.Status.add(200, 299)
	}
	if set.BodyLimit == 0 {
		set.BodyLimit = DefaultLimit
	}
	header := make(http.Header, len(set.Header))
	for name, values := range set.Header {
		name = textproto.CanonicalMIMEHeaderKey(name)
		header[name] = append(header[name], values...)
	}
	set.Header = header
	set.RequestBody, set.RootCAs = bytes.Clone(set.RequestBody), bytes.Clone(set.RootCAs)
	set.Certificate, set.Key = bytes.Clone(set.Certificate), bytes.Clone(set.Key)
	set.ALPN = slices.Clone(set.ALPN)
	set.HeaderWants, set.JSON = slices.Clone(set.HeaderWants), slices.Clone(set.JSON)
	return set
}

// tlsClient is for settings without mistakes.
func (set HTTP) tlsClient() *tlsClient {
	s := set.TLSSettings
	if s.ServerName == "" {
		s.ServerName = hostName(set.Host)
	}
	if s.ServerName == "" {
		s.ServerName = hostName(set.ProxyFor)
	}
	switch {
	case len(s.ALPN) > 0:
	case set.Version == HTTP2:
		s.ALPN = []string{"h2"}
	case set.Version == HTTP11:
		s.ALPN = []string{"http/1.1"}
	}
	return s.client()
}

// hostName is host without a port.
func hostName(host string) string {
	if name, _, err := net.SplitHostPort(host); err == nil {
		return name
	}
	return strings.Trim(host, "[]")
}

// isToken reports whether text is a token of RFC 9110, 5.6.2.
func isToken(text string) bool {
	return text != "" && !strings.ContainsFunc(text, func(r rune) bool {
		return r <= ' ' || r >= 0x7f || strings.ContainsRune(`"(),/:;<=>?@[\]{}`, r)
	})
}

// isVisible reports whether text is of visible ASCII characters, so that it
// cannot end the line it is written into.
func isVisible(text string) bool {
	return !strings.ContainsFunc(text, func(r rune) bool { return r <= ' ' || r >= 0x7f })
}
