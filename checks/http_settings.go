package checks

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"maps"
	"net"
	"net/http"
	"net/textproto"
	"slices"
	"strings"
)

// maxBodyLimit bounds what one run may hold in memory.
const maxBodyLimit = 16 << 20

// NewHTTP makes a check of its settings. The error names every mistake, each
// on a line of its own.
func NewHTTP(set HTTP) (*HTTPCheck, error) {
	set = set.withDefaults()
	if err := set.mistakes(); err != nil {
		return nil, err
	}
	c := &HTTPCheck{set: set, want: want{text: []byte(set.BodyContains), pattern: set.BodyMatch}}
	c.compose()
	if set.TLS {
		c.tls = set.tlsConfig()
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
	set.RequestBody = bytes.Clone(set.RequestBody)
	set.RootCAs = bytes.Clone(set.RootCAs)
	return set
}

// mistakes joins all that is wrong with the settings.
func (set HTTP) mistakes() error {
	errs := []error{
		set.Route.Mistakes(),
		mistake(isToken(set.Method), "method %q: want a word such as GET", set.Method),
		mistake(strings.HasPrefix(set.Path, "/"), "path %q: want one that starts with /", set.Path),
		mistake(isVisible(set.Path), "path %q: write spaces and control characters as %%20", set.Path),
		mistake(isVisible(set.Host), "host %q: want a name or an address, perhaps with :port", set.Host),
		mistake(isVisible(set.ServerName), "server name %q: want a name or an address", set.ServerName),
		mistake(set.BodyLimit > 0 && set.BodyLimit <= maxBodyLimit,
			"body limit %d: want 1 to %d bytes", set.BodyLimit, maxBodyLimit),
		mistake(set.Method != http.MethodHead || set.BodyContains == "" && set.BodyMatch == nil,
			"method HEAD: its answer has no body to look into; use GET"),
		mistake(set.TLS || set.ServerName == "" && !set.InsecureSkipVerify && len(set.RootCAs) == 0,
			"server name, verification and root certificates need TLS"),
	}
	for _, name := range slices.Sorted(maps.Keys(set.Header)) {
		errs = append(errs, headerMistake(name, set.Header[name]))
	}
	return errors.Join(append(errs, set.rootMistake())...)
}

func mistake(ok bool, format string, args ...any) error {
	if ok {
		return nil
	}
	return fmt.Errorf(format, args...)
}

// headerMistake refuses what would change the framing of the request, and
// what has a field of its own.
func headerMistake(name string, values []string) error {
	switch name {
	case "Host":
		return errors.New("header Host: use host")
	case "Connection", "Content-Length", "Transfer-Encoding":
		return fmt.Errorf("header %s: the check sets it itself", name)
	}
	if !isToken(name) {
		return fmt.Errorf("header %q: a name is letters, digits and - only", name)
	}
	for _, v := range values {
		if strings.ContainsFunc(v, func(r rune) bool { return r < ' ' && r != '\t' || r == 0x7f }) {
			return fmt.Errorf("header %s: the value has a control character", name)
		}
	}
	return nil
}

func (set HTTP) rootMistake() error {
	for rest := set.RootCAs; len(bytes.TrimSpace(rest)) > 0; {
		var block *pem.Block
		if block, rest = pem.Decode(rest); block == nil || block.Type != "CERTIFICATE" {
			return errors.New("root certificates: want PEM blocks of CERTIFICATE only")
		}
		if _, err := x509.ParseCertificate(block.Bytes); err != nil {
			return fmt.Errorf("root certificates: %w", err)
		}
	}
	return nil
}

// tlsConfig is for settings without mistakes. An empty ServerName stands for
// the address that is asked.
func (set HTTP) tlsConfig() *tls.Config {
	config := &tls.Config{
		ServerName:         set.ServerName,
		InsecureSkipVerify: set.InsecureSkipVerify,
		NextProtos:         []string{"http/1.1"},
	}
	if config.ServerName == "" {
		config.ServerName = hostName(set.Host)
	}
	if len(set.RootCAs) > 0 {
		config.RootCAs = x509.NewCertPool()
		config.RootCAs.AppendCertsFromPEM(set.RootCAs)
	}
	return config
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

// String is the identity of the check. Headers with credentials, bodies and
// certificates appear as digests.
func (c *HTTPCheck) String() string {
	var id identity
	kind := "http"
	if c.set.TLS {
		kind = "https"
	}
	id.word(kind)
	id.word(c.set.Method)
	id.word(c.set.Path)
	id.route(c.set.Route)
	id.field("host", c.set.Host)
	for _, name := range slices.Sorted(maps.Keys(c.set.Header)) {
		for _, value := range c.set.Header[name] {
			id.header(name, value)
		}
	}
	id.digest("request_body", c.set.RequestBody)
	id.field("status", c.set.Status.String())
	id.field("body", c.set.BodyContains)
	id.pattern("body_match", c.set.BodyMatch)
	id.number("body_limit", c.set.BodyLimit, DefaultLimit)
	id.field("server_name", c.set.ServerName)
	id.flag("verify=false", c.set.InsecureSkipVerify)
	id.digest("roots", c.set.RootCAs)
	return id.String()
}

// header adds a header, without showing what opens doors.
func (id *identity) header(name, value string) {
	switch name {
	case "Authorization", "Proxy-Authorization", "Cookie":
		id.digest("header="+name, []byte(name+": "+value))
	default:
		id.field("header", name+": "+value)
	}
}
