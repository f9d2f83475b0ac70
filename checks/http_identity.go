package checks

import (
	"maps"
	"slices"
	"time"
)

// String is the identity of the check. Credentials, bodies and certificates
// appear as digests.
func (c *HTTPCheck) String() string {
	var id identity
	set := c.set
	id.word(set.scheme())
	id.word(set.Method)
	id.word(set.Path)
	id.route(set.Route)
	id.field("proxy_protocol", string(set.Proxy))
	if set.Through.IsValid() {
		id.field("through", set.Through.String())
	}
	id.field("proxy_for", set.ProxyFor)
	id.digest("proxy_auth", []byte(set.ProxyAuth.value()))
	id.field("host", set.Host)
	for _, name := range slices.Sorted(maps.Keys(set.Header)) {
		for _, value := range set.Header[name] {
			id.header(name, value)
		}
	}
	id.digest("auth", []byte(set.Auth.value()))
	id.digest("request_body", set.RequestBody)
	if set.Version != HTTP11 {
		id.field("version", string(set.Version))
	}
	id.number("redirects", set.Redirects, 0)
	id.flag("reuse", set.Reuse)
	id.answer(set)
	id.tls(set.TLSSettings)
	return id.String()
}

// answer adds what is wanted of the answer.
func (id *identity) answer(set HTTP) {
	id.field("status", set.Status.String())
	id.field("degraded_status", set.DegradedStatus.String())
	for _, w := range set.HeaderWants {
		id.field("response_header", w.String())
	}
	id.field("body", set.BodyContains)
	id.pattern("body_match", set.BodyMatch)
	for _, w := range set.JSON {
		id.field("json", w.String())
	}
	id.number("body_limit", set.BodyLimit, DefaultLimit)
	id.duration("degraded_latency", set.DegradedLatency)
	id.duration("max_latency", set.MaxLatency)
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

// duration adds a time unless it is zero.
func (id *identity) duration(name string, d time.Duration) {
	if d != 0 {
		id.field(name, d.String())
	}
}
