package checks

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
)

// maxGRPCAnswer bounds the answer, in bytes: of two it has any use.
const maxGRPCAnswer = 4 << 10

// judge reads the answer (https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md):
// a message in the body, the status of the call in the trailers. A call that
// ends without a message has the status in the header.
func (c *GRPCCheck) judge(r *run, answer *http.Response) error {
	if answer.StatusCode != http.StatusOK {
		return faultf(Status, "HTTP status %d, want 200", answer.StatusCode)
	}
	if kind := answer.Header.Get("Content-Type"); !strings.HasPrefix(kind, "application/grpc") {
		return faultf(Protocol, "content-type %s, want application/grpc", shortQuote(kind))
	}
	r.reach("status 200")
	body, err := io.ReadAll(io.LimitReader(answer.Body, maxGRPCAnswer+1))
	if err != nil {
		return asProtocol(fmt.Sprintf("body after %d bytes", len(body)), err)
	}
	if len(body) > maxGRPCAnswer {
		return faultf(Protocol, "body: more than %d bytes", maxGRPCAnswer)
	}
	trailer := answer.Trailer
	if _, ok := answer.Header["Grpc-Status"]; ok {
		trailer = answer.Header
	}
	if err := c.judgeCall(trailer); err != nil {
		return err
	}
	return c.judgeHealth(r, body)
}

// grpcCodes are the statuses of a call by number
// (https://github.com/grpc/grpc/blob/master/doc/statuscodes.md).
var grpcCodes = []string{
	"OK", "CANCELLED", "UNKNOWN", "INVALID_ARGUMENT", "DEADLINE_EXCEEDED", "NOT_FOUND", "ALREADY_EXISTS",
	"PERMISSION_DENIED", "RESOURCE_EXHAUSTED", "FAILED_PRECONDITION", "ABORTED", "OUT_OF_RANGE",
	"UNIMPLEMENTED", "INTERNAL", "UNAVAILABLE", "DATA_LOSS", "UNAUTHENTICATED",
}

// judgeCall judges the status of the call.
func (c *GRPCCheck) judgeCall(trailer http.Header) error {
	status := trailer.Get("Grpc-Status")
	name := nameOf(grpcCodes, status)
	text, err := url.PathUnescape(trailer.Get("Grpc-Message"))
	if err != nil {
		text = trailer.Get("Grpc-Message")
	}
	switch name {
	case "OK":
		return nil
	case "":
		return faultf(Protocol, "no grpc-status in the answer, or none that there is: %s", shortQuote(status))
	case "NOT_FOUND":
		return faultf(Status, "the server knows no service %s (NOT_FOUND)", shortQuote(c.set.Service))
	case "UNIMPLEMENTED":
		return faultf(Status, "the server has no health service (UNIMPLEMENTED)")
	}
	return faultf(Status, "the call ends with %s: %s", name, shortQuote(text))
}

// nameOf is the name whose position a decimal number is; empty if none.
func nameOf(names []string, number string) string {
	for i, name := range names {
		if fmt.Sprint(i) == number {
			return name
		}
	}
	return ""
}

// grpcHealth are the values of HealthCheckResponse.ServingStatus.
var grpcHealth = []string{"UNKNOWN", "SERVING", "NOT_SERVING", "SERVICE_UNKNOWN"}

// judgeHealth judges the message.
func (c *GRPCCheck) judgeHealth(r *run, body []byte) error {
	status, err := grpcStatus(body)
	if err != nil {
		return faultf(Protocol, "body: %v", err)
	}
	name := nameOf(grpcHealth, fmt.Sprint(status))
	switch name {
	case "SERVING":
		r.reach("SERVING")
		return nil
	case "":
		return faultf(Status, "health %d, want SERVING", status)
	case "SERVICE_UNKNOWN":
		return faultf(Status, "the server knows no service %s (SERVICE_UNKNOWN)", shortQuote(c.set.Service))
	}
	return faultf(Status, "%s, want SERVING", name)
}

// Types of fields (https://protobuf.dev/programming-guides/encoding/).
const (
	wireVarint = 0
	wire64     = 1
	wireBytes  = 2
	wire32     = 5
)

// grpcStatus is field 1 of the one message in a body; 0 if it has none.
// Fields that it does not know it skips.
func grpcStatus(body []byte) (status uint64, err error) {
	if len(body) < 5 {
		return 0, fmt.Errorf("%d bytes, want a message", len(body))
	}
	message := body[5:]
	switch {
	case body[0] != 0:
		return 0, errors.New("a compressed message, which was not asked for")
	case uint64(binary.BigEndian.Uint32(body[1:])) != uint64(len(message)):
		return 0, fmt.Errorf("a message of %d bytes in %d", binary.BigEndian.Uint32(body[1:]), len(message))
	}
	for len(message) > 0 {
		tag, n := binary.Uvarint(message)
		if n <= 0 || tag>>3 == 0 {
			return 0, errors.New("a field without a number")
		}
		value, size := protoField(tag&7, message[n:])
		if size <= 0 {
			return 0, fmt.Errorf("field %d is broken", tag>>3)
		}
		if tag == 1<<3|wireVarint {
			status = value
		}
		message = message[n+size:]
	}
	return status, nil
}

// protoField is the value of a field of type varint, and the size of any; 0
// or less if it is broken.
func protoField(kind uint64, data []byte) (value uint64, size int) {
	switch kind {
	case wireVarint:
		return binary.Uvarint(data)
	case wire64:
		size = 8
	case wire32:
		size = 4
	case wireBytes:
		length, n := binary.Uvarint(data)
		if n <= 0 || length > uint64(len(data)) {
			return 0, 0
		}
		size = n + int(length)
	}
	if size > len(data) {
		return 0, 0
	}
	return 0, size
}
