package luaapi

import (
	"luavs/checks"
	"luavs/luaapi/args"
)

// readGRPCCheck reads check.grpc {...}.
func readGRPCCheck(f *args.Fields, c *checkSpec) {
	set := checks.GRPC{
		Route:     readTCPRoute(f, c),
		Proxy:     readProxyProtocol(f),
		Service:   f.String("service", ""),
		Authority: f.String("authority", ""),
		Header:    readHeaders(f),
		Auth:      readAuth(f),
		TLS:       f.Bool("tls", false),

		TLSSettings: readTLSSettings(f),
	}
	probe, err := checks.NewGRPC(set)
	if noteSettings(f, err) {
		return
	}
	c.id, c.probe = probe.String(), probe
}
