package luaapi

import (
	"context"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"strings"
	"time"

	lua "github.com/yuin/gopher-lua"

	"luavs/checks"
	"luavs/luaapi/args"
	"luavs/luaapi/vm"
)

// A tlsCertificate is what Lua sees of a server's certificate.
type tlsCertificate struct {
	Subject, Issuer string      // such as "CN=www.example.org,O=Example"
	Names           *lua.LTable // names and addresses it is for
	Serial          string      // hexadecimal
	SHA256          string      // of the whole certificate, hexadecimal
	NotBefore       float64     // seconds since 1970
	NotAfter        float64
	DaysLeft        float64    // negative once it has ended
	Valid           bool       // for this server, today, of an authority that is trusted
	Problem         lua.LValue // why not; nil if it is valid
	Version         string     // of TLS: "1.3"
	ALPN            string     // the protocol that was agreed on; "" if none was
}

// inspect is tls.inspect(addr [, options]): the certificate that a server shows,
// good or not.
func (m *tlsModule) inspect(L *lua.LState) int {
	const what = "tls.inspect"
	m.rt.running(L, what)
	f := args.Optional(L, 2, what)
	if f.Has("verify") {
		f.Mistake("verify", "%s takes any certificate and says in valid and problem what it is good for", what)
	}
	w := wayTo(argAddress(L, what), f)
	config := readTLS(f, w.addr)
	f.Raise()
	var shown *tls.ConnectionState
	var problem, err error
	vm.Wait(L, func(ctx context.Context) {
		if shown, err = m.handshake(ctx, w, config); shown != nil {
			problem = verify(shown, config)
		}
	})
	if shown == nil {
		return refuse(L, err)
	}
	L.Push(view(L, "certificate", certificateOf(L, shown, problem)))
	return 1
}

// handshake returns what the server showed, also if it wanted no more of us then.
func (m *tlsModule) handshake(ctx context.Context, w way, config *tls.Config) (shown *tls.ConnectionState, err error) {
	config = config.Clone()
	config.InsecureSkipVerify = true
	config.VerifyConnection = func(state tls.ConnectionState) error {
		shown = &state
		return nil
	}
	s := &stream{addr: w.addr}
	if s.conn, s.close, err = m.sockets.dial(ctx, "tcp", w); err != nil {
		return nil, err
	}
	defer s.close()
	err = s.startTLS(ctx, config, w.timeout)
	return shown, err
}

// verify says why a server's certificate is not to be trusted.
func verify(shown *tls.ConnectionState, config *tls.Config) error {
	others := x509.NewCertPool()
	for _, c := range shown.PeerCertificates[1:] {
		others.AddCert(c)
	}
	_, err := shown.PeerCertificates[0].Verify(x509.VerifyOptions{
		Roots: config.RootCAs, Intermediates: others, DNSName: config.ServerName,
	})
	return err
}

func certificateOf(L *lua.LState, shown *tls.ConnectionState, problem error) tlsCertificate {
	cert := shown.PeerCertificates[0]
	sum := sha256.Sum256(cert.Raw)
	names := textList(L, cert.DNSNames)
	for _, ip := range cert.IPAddresses {
		names.Append(lua.LString(ip.String()))
	}
	c := tlsCertificate{
		Subject: cert.Subject.String(), Issuer: cert.Issuer.String(), Names: names,
		Serial: hex.EncodeToString(cert.SerialNumber.Bytes()), SHA256: hex.EncodeToString(sum[:]),
		NotBefore: float64(cert.NotBefore.Unix()), NotAfter: float64(cert.NotAfter.Unix()),
		DaysLeft: time.Until(cert.NotAfter).Hours() / 24,
		Valid:    problem == nil, Problem: lua.LNil,
		Version: strings.TrimPrefix(tls.VersionName(shown.Version), "TLS "), ALPN: shown.NegotiatedProtocol,
	}
	if problem != nil {
		c.Problem = lua.LString(checks.OneLine(problem.Error()))
	}
	return c
}
