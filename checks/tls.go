package checks

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"slices"
	"time"
)

// TLSSettings say how a check speaks TLS and which certificates will do. The
// zero TLSSettings wants one for the address that is asked, of an authority
// that this machine knows, over TLS 1.2 or later.
type TLSSettings struct {
	ServerName         string        // the name for SNI and the certificate; the address that is asked if empty
	InsecureSkipVerify bool          // any certificate will do
	RootCAs            []byte        // PEM certificates to trust in place of the system's
	Certificate        []byte        // PEM, the check's own certificate; those of its authorities may follow
	Key                []byte        // PEM, the key of Certificate
	ALPN               []string      // protocols to offer, the preferred one first (RFC 7301)
	MinVersion         uint16        // such as tls.VersionTLS13; 0 is TLS 1.2
	WarnBefore         time.Duration // a certificate that ends within this time is Degraded
	FailBefore         time.Duration // a certificate that ends within this time is a Fail
}

// mistake joins all that is wrong with the settings. Each line begins with
// the name that the setting has in a policy.
func (set TLSSettings) mistake() error {
	errs := []error{
		mistake(isVisible(set.ServerName), "server_name %q: want a name or an address", set.ServerName),
		mistake(set.MinVersion == 0 || set.MinVersion >= tls.VersionTLS10 && set.MinVersion <= tls.VersionTLS13,
			"min_version %#x: want TLS 1.0 to 1.3", set.MinVersion),
		mistake(set.WarnBefore >= 0, "warn_before %v: want no negative time", set.WarnBefore),
		mistake(set.FailBefore >= 0, "fail_before %v: want no negative time", set.FailBefore),
		mistake(set.WarnBefore == 0 || set.WarnBefore > set.FailBefore,
			"warn_before %v: a certificate fails already with fail_before %v", set.WarnBefore, set.FailBefore),
		rootMistake(set.RootCAs),
		set.ownMistake(),
	}
	for _, p := range set.ALPN {
		errs = append(errs, mistake(p != "" && len(p) < 256, "alpn %q: want 1 to 255 bytes", p))
	}
	return errors.Join(errs...)
}

// rootMistake says why certificates cannot be trusted.
func rootMistake(roots []byte) error {
	if len(roots) == 0 {
		return nil
	}
	for rest := roots; ; {
		var block *pem.Block
		block, rest = pem.Decode(rest)
		if block == nil || block.Type != "CERTIFICATE" {
			return errors.New("roots: want PEM blocks of CERTIFICATE only")
		}
		if _, err := x509.ParseCertificate(block.Bytes); err != nil {
			return mistake(false, "roots: %w", err)
		}
		if len(bytes.TrimSpace(rest)) == 0 {
			return nil
		}
	}
}

// ownMistake says why the check's own certificate cannot be shown.
func (set TLSSettings) ownMistake() error {
	switch {
	case len(set.Certificate) == 0 && len(set.Key) == 0:
		return nil
	case len(set.Key) == 0:
		return errors.New("key: the certificate is of no use without its key")
	case len(set.Certificate) == 0:
		return errors.New("certificate: the key is of no use without its certificate")
	}
	_, err := tls.X509KeyPair(set.Certificate, set.Key)
	return mistake(err == nil, "certificate: %w", err)
}

// Config makes the configuration of a TLS client. The error names every mistake,
// each on a line of its own that begins with the setting's name in a policy.
func (set TLSSettings) Config() (*tls.Config, error) {
	if err := set.mistake(); err != nil {
		return nil, err
	}
	c := set.client()
	if len(set.Certificate) > 0 {
		c.config.Certificates = []tls.Certificate{c.own}
	}
	return &c.config, nil
}

// client is for settings without mistakes.
func (set TLSSettings) client() *tlsClient {
	c := &tlsClient{warnBefore: set.WarnBefore, failBefore: set.FailBefore, config: tls.Config{
		ServerName:         set.ServerName,
		InsecureSkipVerify: set.InsecureSkipVerify,
		NextProtos:         slices.Clone(set.ALPN),
		MinVersion:         set.MinVersion,
	}}
	if len(set.RootCAs) > 0 {
		c.config.RootCAs = x509.NewCertPool()
		c.config.RootCAs.AppendCertsFromPEM(set.RootCAs)
	}
	if len(set.Certificate) > 0 {
		c.own, _ = tls.X509KeyPair(set.Certificate, set.Key)
	}
	return c
}

// tls adds TLSSettings. Certificates and keys appear as digests.
func (id *identity) tls(set TLSSettings) {
	id.field("server_name", set.ServerName)
	id.flag("verify=false", set.InsecureSkipVerify)
	id.digest("roots", set.RootCAs)
	id.digest("certificate", set.Certificate)
	id.digest("key", set.Key)
	for _, p := range set.ALPN {
		id.field("alpn", p)
	}
	if set.MinVersion != 0 {
		id.field("min_version", tls.VersionName(set.MinVersion))
	}
	if set.WarnBefore > 0 {
		id.field("warn_before", set.WarnBefore.String())
	}
	if set.FailBefore > 0 {
		id.field("fail_before", set.FailBefore.String())
	}
}
