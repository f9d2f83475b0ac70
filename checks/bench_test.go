package checks

import (
	"net/netip"
	"testing"
	"time"

	"luavs/checks/servertest"
)

func bench(b *testing.B, c Check, t Target) {
	b.ReportAllocs()
	c = Within(long, c)
	for b.Loop() {
		if res := c.Check(b.Context(), t); res.Outcome != Pass {
			b.Fatal(res)
		}
	}
}

func BenchmarkTCP(b *testing.B) {
	bench(b, TCP{}, Target{Addr: serve(b, hold)})
}

func BenchmarkTCPExpect(b *testing.B) {
	bench(b, ping, Target{Addr: serve(b, says("+PONG\r\n", hold))})
}

func BenchmarkHTTP(b *testing.B) {
	addr := nginx(b, nginxSites)
	bench(b, newHTTP(b, site("/healthz", "ready")), Target{Addr: addr})
}

func BenchmarkHTTPS(b *testing.B) {
	ca := newAuthority(b)
	addr := nginxTLS(b, ca)
	bench(b, newHTTP(b, HTTP{TLS: true, Host: "good.example", TLSSettings: TLSSettings{RootCAs: ca.pem()}}), Target{Addr: addr})
}

func BenchmarkHTTPSReuse(b *testing.B) {
	ca := newAuthority(b)
	addr := nginxTLS(b, ca)
	c := newHTTP(b, HTTP{TLS: true, Host: "good.example", TLSSettings: TLSSettings{RootCAs: ca.pem()}, Reuse: true})
	defer c.Close()
	bench(b, c, Target{Addr: addr})
}

func BenchmarkHTTP2(b *testing.B) {
	addr := nginx(b, "server { listen LISTEN http2; location / { return 200 ready; } }")
	bench(b, newHTTP(b, HTTP{Version: HTTP2, BodyContains: "ready"}), Target{Addr: addr})
}

func BenchmarkHTTPWithJSON(b *testing.B) {
	addr := nginx(b, `server { listen LISTEN; location / { return 200 '{"status":"ok","queues":[{"depth":3}]}'; } }`)
	wants := []JSONWant{{Path: "status", Equal: "ok"}, {Path: "queues[0].depth", Max: number(100)}}
	bench(b, newHTTP(b, HTTP{JSON: wants}), Target{Addr: addr})
}

func BenchmarkTCPSteps(b *testing.B) {
	addr := serve(b, dialog("220\r\n", "<EHLO\r\n", "250\r\n"))
	bench(b, TCP{Steps: stepsOf(b, "220", ">EHLO\r\n", "250")}, Target{Addr: addr})
}

func BenchmarkTCPProxyHeader(b *testing.B) {
	bench(b, TCP{Proxy: ProxyV2}, Target{Addr: serve(b, hold)})
}

func BenchmarkTLS(b *testing.B) {
	ca := newAuthority(b)
	addr := nginxTLS(b, ca)
	bench(b, newHandshake(b, Handshake{TLSSettings: ca.named("good.example")}), Target{Addr: addr})
}

func BenchmarkUDP(b *testing.B) {
	bench(b, UDP{Send: []byte("ping"), Expect: []byte("ping")}, Target{Addr: servertest.UDP(b, echoes(""))})
}

func BenchmarkDNS(b *testing.B) {
	bench(b, DNS{Name: "www.example", Type: "A", Answers: []string{"192.0.2.10"}}, Target{Addr: nsd(b)})
}

func BenchmarkDNSOverTCP(b *testing.B) {
	bench(b, DNS{Name: "www.example", Type: "A", TCP: true}, Target{Addr: nsd(b)})
}

func BenchmarkICMP(b *testing.B) {
	bench(b, ICMP{}, Target{Addr: netip.MustParseAddrPort("127.0.0.1:0")})
}

func BenchmarkExec(b *testing.B) {
	bench(b, newExec(b, Command{Args: []string{"/bin/true"}}), Target{Addr: server})
}

// BenchmarkHTTPAtOnce has 100 runs in flight.
func BenchmarkHTTPAtOnce(b *testing.B) {
	addr := nginx(b, nginxSites)
	c := Within(10*time.Second, newHTTP(b, site("/healthz", "ready")))
	b.SetParallelism(50)
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			if res := c.Check(b.Context(), Target{Addr: addr}); res.Outcome != Pass {
				b.Error(res)
				return
			}
		}
	})
}
