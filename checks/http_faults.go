package checks

import (
	"crypto/tls"
	"errors"
	"io"
	"net"
	"os"
	"strings"
	"syscall"
)

// bounded reads from r until left bytes have come, and counts.
type bounded struct {
	r    io.Reader
	left int64
	n    int64
}

// Read implements [io.Reader]. It ends with io.EOF where the limit is.
func (b *bounded) Read(p []byte) (int, error) {
	if b.left <= 0 {
		return 0, io.EOF
	}
	n, err := b.r.Read(p[:min(int64(len(p)), b.left)])
	b.left -= int64(n)
	b.n += int64(n)
	return n, err
}

// ofConnection reports whether err comes from the connection and not from
// what was said over it.
func ofConnection(err error) bool {
	var errno syscall.Errno
	return errors.As(err, &errno) || errors.Is(err, os.ErrDeadlineExceeded)
}

// ofTLS reports whether err is an alert or a broken record (RFC 8446, 6).
// With TLS 1.3 a server refuses a client only after the handshake.
func ofTLS(err error) bool {
	var op *net.OpError
	var record tls.RecordHeaderError
	return errors.As(err, &record) ||
		errors.As(err, &op) && (op.Op == "remote error" || op.Op == "local error")
}

func isEOF(err error) bool {
	return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF)
}

// asProtocol makes err, met while reading an answer, a fault of the protocol
// unless it is one of the connection or of TLS. The place is such as "header".
func asProtocol(place string, err error) error {
	switch {
	case ofConnection(err):
		return err
	case ofTLS(err):
		return faultf(TLS, "TLS: %s", trimTLS(err))
	case isEOF(err):
		return faultf(Protocol, "%s: the server closed before its end", place)
	}
	return faultf(Protocol, "%s: %v", place, err)
}

// asTLS does the same for an error of a handshake.
func asTLS(err error) error {
	var cert *tls.CertificateVerificationError
	switch {
	case ofConnection(err):
		return err
	case errors.As(err, &cert):
		return faultf(TLS, "certificate: %v", cert.Err)
	case isEOF(err):
		return faultf(TLS, "TLS handshake: the server closed")
	}
	return faultf(TLS, "TLS handshake: %s", trimTLS(err))
}

func trimTLS(err error) string { return strings.Replace(err.Error(), "tls: ", "", 1) }
