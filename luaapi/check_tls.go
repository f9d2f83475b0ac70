package luaapi

import (
	"crypto/tls"
	"io"
	"os"
	"strings"
	"syscall"
	"time"

	"luavs/checks"
	"luavs/luaapi/args"
)

// readTLSCheck reads check.tls {...}.
func readTLSCheck(f *args.Fields, c *checkSpec) {
	check, err := checks.NewHandshake(checks.Handshake{
		Route:       readTCPRoute(f, c),
		TLSSettings: readTLSSettings(f),
		Proxy:       readProxyProtocol(f),
		Steps:       readSteps(f),
	})
	if noteSettings(f, err) {
		return
	}
	c.id, c.probe = check.String(), check
}

// tlsVersions are the words for versions of TLS.
var tlsVersions = map[string]uint16{
	"": 0, "1.0": tls.VersionTLS10, "1.1": tls.VersionTLS11, "1.2": tls.VersionTLS12, "1.3": tls.VersionTLS13,
}

// readTLSSettings reads how a check speaks TLS, and which certificates will do.
func readTLSSettings(f *args.Fields) checks.TLSSettings {
	set := readTrust(f)
	set.ALPN = f.Strings("alpn")
	set.WarnBefore = f.Duration("warn_before", 0, time.Minute)
	set.FailBefore = f.Duration("fail_before", 0, time.Minute)
	return set
}

// readTrust reads whom a TLS client trusts, and what it shows of itself.
func readTrust(f *args.Fields) checks.TLSSettings {
	return checks.TLSSettings{
		ServerName:         f.String("server_name", ""),
		InsecureSkipVerify: !f.Bool("verify", true),
		RootCAs:            readPEM(f, "roots"),
		Certificate:        readPEM(f, "certificate"),
		Key:                readPEM(f, "key"),
		MinVersion:         tlsVersions[f.Enum("min_version", "", "1.0", "1.1", "1.2", "1.3")],
	}
}

// maxPEM bounds a file of certificates, in bytes: the system's have 250 KB.
const maxPEM = 1 << 20

// readPEM reads certificates or a key: a text of PEM, or the whole path of a
// file that has it.
func readPEM(f *args.Fields, name string) []byte {
	text := f.String(name, "")
	if !strings.HasPrefix(text, "/") {
		return []byte(text)
	}
	file, err := os.OpenFile(text, os.O_RDONLY|syscall.O_NONBLOCK, 0) // a named pipe would wait for a writer
	if err != nil {
		f.Mistake(name, "%v", err)
		return nil
	}
	defer file.Close()
	data, err := io.ReadAll(io.LimitReader(file, maxPEM+1))
	switch {
	case err != nil:
		f.Mistake(name, "%v", err)
	case len(data) > maxPEM:
		f.Mistake(name, "%s: more than %d bytes", text, maxPEM)
	case len(data) == 0:
		f.Mistake(name, "%s: is empty", text)
	default:
		return data
	}
	return nil
}
