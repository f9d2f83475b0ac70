package luaapi

import (
	"fmt"
	"maps"
	"net/url"
	"regexp"
	"slices"
	"sync"
	"time"

	"github.com/go-resty/resty/v2"
	lua "github.com/yuin/gopher-lua"

	"luavs/luaapi/args"
)

// Defaults and limits of http.
const (
	waitTimeout    = 5 * time.Second // of every module that waits
	minTimeout     = time.Millisecond
	defaultMaxBody = 1 << 20
	largestMaxBody = 16 << 20
)

// An httpRequest is a request as a script asked for it.
type httpRequest struct {
	method, url    string
	headers        map[string]string
	query          url.Values
	body           []byte
	contentType    string // for the body; a header of the script's own wins
	user, password string
	bearer         string
	timeout        time.Duration
	maxBody        int
	client         *resty.Client
}

// readRequest reads a request from its table, and raises a Lua error that names
// what is wrong with it.
func readRequest(f *args.Fields, method, address string, clients *httpClients, codec *jsonCodec) *httpRequest {
	r := &httpRequest{
		method:  method,
		url:     address,
		headers: f.StringMap("headers"),
		query:   readValues(f, "query"),
		timeout: f.Duration("timeout", waitTimeout, minTimeout),
		maxBody: f.Int("max_body", defaultMaxBody, 1, largestMaxBody),
		bearer:  f.String("bearer", ""),
	}
	var err error
	r.client, err = clients.client(readTransport(f))
	noteSettings(f, err)
	if err := checkURL(address); err != nil {
		f.Mistake("", "url: %v", err)
	}
	if !httpToken().MatchString(method) {
		f.Mistake("method", "want a method such as \"GET\", got %q", method)
	}
	checkHeaders(f, r.headers)
	r.readBody(f, codec)
	r.readAuth(f)
	f.Raise()
	return r
}

func checkURL(address string) error {
	if len(address) > maxHeader {
		return fmt.Errorf("is longer than %d bytes", maxHeader)
	}
	u, err := url.Parse(address)
	if err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Hostname() != "" {
		return nil
	}
	return fmt.Errorf(`want an address such as "http://10.0.0.1:8080/status", got %s`, args.Show(lua.LString(address)))
}

// Names and values of header fields (RFC 9110, 5.5 and 5.6.2).
var (
	httpToken = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile("^[!#$%&'*+.^_`|~0-9A-Za-z-]+$") })
	httpValue = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[^\x00-\x08\x0a-\x1f\x7f]*$`) })
)

func checkHeaders(f *args.Fields, headers map[string]string) {
	size := 0
	for name, value := range headers {
		size += len(name) + len(value)
	}
	if size > maxHeader {
		f.Mistake("headers", "are longer than %d bytes", maxHeader)
		return
	}
	for _, name := range slices.Sorted(maps.Keys(headers)) {
		if !httpToken().MatchString(name) || !httpValue().MatchString(headers[name]) {
			f.Mistake("headers", "%q = %q is no header field", name, headers[name])
		}
	}
}

// readBody reads body, json or form: at most one of them.
func (r *httpRequest) readBody(f *args.Fields, codec *jsonCodec) {
	given := 0
	for _, name := range []string{"body", "json", "form"} {
		if f.Has(name) {
			given++
		}
	}
	if given > 1 {
		f.Mistake("body", "want one of body, json and form, not several")
	}
	r.body = []byte(f.String("body", ""))
	if f.Has("json") {
		text, err := codec.encode(f.Value("json"), false)
		if err != nil {
			f.Mistake("json", "%v", err)
		}
		r.body, r.contentType = []byte(text), "application/json"
	}
	if f.Has("form") {
		r.body, r.contentType = []byte(readValues(f, "form").Encode()), "application/x-www-form-urlencoded"
	}
}

// readAuth reads auth or bearer: at most one of them.
func (r *httpRequest) readAuth(f *args.Fields) {
	auth := f.Sub("auth")
	if auth == nil {
		return
	}
	r.user, r.password = auth.String("user", ""), auth.String("password", "")
	if r.user == "" {
		auth.Mistake("user", "is missing")
	}
	if r.bearer != "" {
		f.Mistake("bearer", "want one of auth and bearer, not both")
	}
}
