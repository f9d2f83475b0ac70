package checks

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"maps"
	"net/http"
	"slices"
	"strings"
)

// grpcPath is the method of gRPC's health service
// (https://github.com/grpc/grpc/blob/master/doc/health-checking.md).
const grpcPath = "/grpc.health.v1.Health/Check"

// GRPC holds the settings of a gRPC health check. The zero GRPC asks for the
// health of the server as a whole, over HTTP/2 without TLS. [NewGRPC] makes a
// check of it.
type GRPC struct {
	Route                     // whom to ask
	Proxy       ProxyProtocol // the header that goes before all else
	TLS         bool          // gRPC over TLS
	TLSSettings               // for TLS; ALPN is "h2"

	Service   string      // the service to ask for; empty for the whole server
	Authority string      // the name of the server; the address that is asked if empty
	Header    http.Header // metadata
	Auth      Auth        // the metadata authorization
}

// A GRPCCheck passes when a server says that a service is SERVING. Use
// [NewGRPC].
type GRPCCheck struct {
	set  GRPC
	http *HTTPCheck // carries the call
}

// NewGRPC makes a check of its settings. The error names every mistake, each
// on a line of its own that begins with the setting's name in a policy.
func NewGRPC(set GRPC) (*GRPCCheck, error) {
	header := http.Header{}
	for name, values := range set.Header {
		header[http.CanonicalHeaderKey(name)] = slices.Clone(values)
	}
	own := set.mistakes(header)
	if !isVisible(set.Authority) {
		set.Authority = "" // it has its mistake
	}
	header.Set("Content-Type", "application/grpc")
	header.Set("Te", "trailers")
	call, err := NewHTTP(HTTP{
		Route: set.Route, Proxy: set.Proxy, TLS: set.TLS, TLSSettings: set.TLSSettings,
		Version: HTTP2, Method: http.MethodPost, Path: grpcPath, Host: set.Authority,
		Header: header, Auth: set.Auth, RequestBody: grpcRequest(set.Service),
	})
	if err = errors.Join(own, err); err != nil {
		return nil, err
	}
	return &GRPCCheck{set, call}, nil
}

// maxGRPCService bounds the name of a service, in bytes.
const maxGRPCService = 1000

// mistakes joins what is wrong beside the settings that HTTP has too. Some
// metadata belongs to gRPC itself.
func (set GRPC) mistakes(header http.Header) error {
	errs := []error{
		mistake(len(set.Service) <= maxGRPCService, "service: %d bytes, want at most %d", len(set.Service), maxGRPCService),
		mistake(isVisible(set.Authority), "authority %q: want a name or an address, perhaps with :port", set.Authority),
	}
	for _, name := range slices.Sorted(maps.Keys(header)) {
		own := name == "Content-Type" || name == "Te" || strings.HasPrefix(name, "Grpc-")
		errs = append(errs, mistake(!own, "headers: %s: the check sets it itself", name))
	}
	return errors.Join(errs...)
}

// Check implements [Check].
func (c *GRPCCheck) Check(ctx context.Context, t Target) Result {
	r := start(ctx)
	if err := c.ask(r, t); err != nil {
		return r.failed(err)
	}
	return r.passed()
}

func (c *GRPCCheck) ask(r *run, t Target) error {
	conn, answer, err := c.http.put(r, t, c.http.question(c.set.Route.to(t)))
	if err != nil {
		return err
	}
	defer conn.hangUp()
	return c.judge(r, answer)
}

// String is the identity of the check.
func (c *GRPCCheck) String() string {
	var id identity
	id.word("grpc")
	id.route(c.set.Route)
	id.field("proxy_protocol", string(c.set.Proxy))
	id.field("service", c.set.Service)
	id.field("authority", c.set.Authority)
	for _, name := range slices.Sorted(maps.Keys(c.set.Header)) {
		for _, value := range c.set.Header[name] {
			id.header(http.CanonicalHeaderKey(name), value)
		}
	}
	id.digest("auth", []byte(c.set.Auth.value()))
	id.flag("tls", c.set.TLS)
	id.tls(c.set.TLSSettings)
	return id.String()
}

// grpcRequest is a HealthCheckRequest, field 1 of which is the service, as one
// message of gRPC: not compressed, its length, itself.
func grpcRequest(service string) []byte {
	var message bytes.Buffer
	if service != "" {
		message.WriteByte(1<<3 | wireBytes)
		message.Write(binary.AppendUvarint(nil, uint64(len(service))))
		message.WriteString(service)
	}
	n := message.Len()
	return append([]byte{0, byte(n >> 24), byte(n >> 16), byte(n >> 8), byte(n)}, message.Bytes()...)
}
