package source

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/dns/dnsmessage"

	"luavs/engine"
	"luavs/ipvs"
)

// zone is what the name server of the tests knows. The answers about many and
// _many are larger than fits into one over UDP.
const zone = `
$ORIGIN example.
$TTL 300
@     SOA  ns1.example. admin.example. 2026010101 3600 600 86400 300
@     NS   ns1.example.
ns1   A    192.0.2.1
www   60 A    192.0.2.10
www   60 A    192.0.2.11
www   AAAA 2001:db8::10
alias 30 CNAME www.example.
web1  A    192.0.2.21
web2  20 A 192.0.2.22
web2  A    192.0.2.23
web1  AAAA 2001:db8::21
_http._tcp SRV 10 5 8080 web1.example.
_http._tcp SRV 10 0 8081 web2.example.
_http._tcp SRV 20 9 8082 ns1.example.
_none._tcp SRV 0 0 0 .
_lost._tcp SRV 0 0 80 nosuch.example.
`

// nsd is a real name server with the zone, over UDP and TCP.
func nsd(t *testing.T) netip.AddrPort {
	t.Helper()
	var text strings.Builder
	text.WriteString(zone)
	for i := range 200 {
		fmt.Fprintf(&text, "many A 192.168.%d.%d\n", i/100, i%100)
	}
	dir, addr := t.TempDir(), freePort(t)
	write(t, filepath.Join(dir, "zone"), text.String())
	conf := filepath.Join(dir, "nsd.conf")
	write(t, conf, fmt.Sprintf(`
server:
  ip-address: %v@%d
  username: ""
  rrl-ratelimit: 0
  database: ""
  zonesdir: %[3]s
  xfrdir: %[3]s
  pidfile: %[3]s/pid
  logfile: %[3]s/log
  xfrdfile: %[3]s/xfrd
  zonelistfile: %[3]s/zones
remote-control:
  control-enable: no
zone:
  name: example
  zonefile: zone
zone:
  name: broken.example
  zonefile: nosuch
`, addr.Addr(), addr.Port(), dir))
	cmd := exec.Command("/usr/sbin/nsd", "-d", "-c", conf)
	if err := cmd.Start(); err != nil {
		t.Fatalf("nsd (apt-get install nsd): %v", err)
	}
	t.Cleanup(func() {
		cmd.Process.Signal(os.Interrupt)
		cmd.Wait()
	})
	eventually(t, "nsd answers", func() bool {
		c, err := net.Dial("tcp", addr.String())
		if err == nil {
			c.Close()
		}
		return err == nil
	})
	return addr
}

// freePort is an address whose port is free for UDP and for TCP.
func freePort(t *testing.T) netip.AddrPort {
	t.Helper()
	for range 20 {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		addr := l.Addr().(*net.TCPAddr).AddrPort()
		l.Close()
		if c, err := net.ListenUDP("udp", net.UDPAddrFromAddrPort(addr)); err == nil {
			c.Close()
			return addr
		}
	}
	t.Fatal("no port is free for UDP and for TCP")
	return netip.AddrPort{}
}

// eventually waits until a thing is so.
func eventually(t *testing.T, what string, so func() bool) {
	t.Helper()
	deadline := time.Now().Add(10 * time.Second)
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for !so() {
		if <-tick.C; time.Now().After(deadline) {
			t.Fatalf("not within 10s: %s", what)
		}
	}
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// listed asks a source and compares its answer with brief, or with what the
// error after "! " says.
func listed(t *testing.T, s engine.Source, want string) engine.Listing {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	listing, err := s.List(ctx)
	expect(t, func([]byte) ([]engine.Member, error) { return listing.Members, err }, "", want)
	return listing
}

func TestDNSWithNSD(t *testing.T) {
	resolver := nsd(t)
	for _, tt := range []struct {
		name string
		dns  DNS
		keep time.Duration
		want string
	}{
		{"addresses", DNS{Name: "www.example", Type: "A"}, time.Minute, "192.0.2.10:0*1 192.0.2.11:0*1"},
		{"with a port", DNS{Name: "WWW.example.", Type: "A", Port: 80}, time.Minute, "192.0.2.10:80*1 192.0.2.11:80*1"},
		{"of IPv6", DNS{Name: "www.example", Type: "AAAA", Port: 80}, 5 * time.Minute, "[2001:db8::10]:80*1"},
		{"behind a CNAME that ends sooner", DNS{Name: "alias.example", Type: "A"}, 30 * time.Second, "192.0.2.10:0*1 192.0.2.11:0*1"},
		{"services, of which the target ends sooner", DNS{Name: "_http._tcp.example", Type: "SRV"}, 20 * time.Second,
			"192.0.2.21:8080*5(web1.example) 192.0.2.22:8081*1(web2.example) 192.0.2.23:8081*1(web2.example)"},
		{"services of IPv6", DNS{Name: "_http._tcp.example", Type: "SRV", Family: ipvs.INET6}, 5 * time.Minute, "[2001:db8::21]:8080*5(web1.example)"},
		{"services that are not offered", DNS{Name: "_none._tcp.example", Type: "SRV"}, 5 * time.Minute, ""},
		{"services whose target is no more", DNS{Name: "_lost._tcp.example", Type: "SRV"}, 5 * time.Minute, ""},
		{"a name that is not there", DNS{Name: "nosuch.example", Type: "A"}, 0, ""},
		{"a name without addresses", DNS{Name: "ns1.example", Type: "AAAA"}, 0, ""},
		{"a zone that is not the server's", DNS{Name: "www.example.org", Type: "A"}, 0, "! www.example.org A: resolver " + resolver.String() + ": it answers Refused"},
		{"a zone that cannot be read", DNS{Name: "www.broken.example", Type: "A"}, 0, "! it answers ServerFailure"},
		{"a name that is none", DNS{Name: "www..example", Type: "A"}, 0, `! "www..example" is no name of a domain`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			tt.dns.Resolver = resolver
			if got := listed(t, tt.dns, tt.want); got.Keep != tt.keep {
				t.Errorf("holds for %v, want %v", got.Keep, tt.keep)
			}
		})
	}
	t.Run("an answer that is cut short is asked for over TCP", func(t *testing.T) {
		listing, err := DNS{Name: "many.example", Type: "A", Resolver: resolver}.List(t.Context())
		if err != nil || len(listing.Members) != 200 {
			t.Errorf("%d addresses, %v, want 200", len(listing.Members), err)
		}
	})
}

// forger answers each question over UDP with what forge makes of the right
// answer: 192.0.2.1.
func forger(t *testing.T, forge func(n int, m *dnsmessage.Message) bool) netip.AddrPort {
	t.Helper()
	s, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		for n, buf := 0, make([]byte, 64<<10); ; n++ {
			size, from, err := s.ReadFromUDPAddrPort(buf)
			var m dnsmessage.Message
			if err != nil || m.Unpack(buf[:size]) != nil {
				return
			}
			for again := true; again; {
				answer := m
				answer.Response, answer.Additionals = true, nil
				answer.Answers = []dnsmessage.Resource{{
					Header: dnsmessage.ResourceHeader{Name: m.Questions[0].Name, Type: dnsmessage.TypeA, Class: dnsmessage.ClassINET, TTL: 5},
					Body:   &dnsmessage.AResource{A: [4]byte{192, 0, 2, 1}},
				}}
				again = forge(n, &answer)
				wire, err := answer.Pack()
				if err != nil {
					t.Error(err)
				}
				s.WriteToUDPAddrPort(wire, from)
			}
		}
	}()
	t.Cleanup(func() {
		s.Close()
		<-ended
	})
	return s.LocalAddr().(*net.UDPAddr).AddrPort()
}

func TestAnswersToOtherQuestionsArePassedOver(t *testing.T) {
	sent := 0
	resolver := forger(t, func(_ int, m *dnsmessage.Message) bool {
		switch sent++; sent {
		case 1:
			m.ID++
		case 2:
			m.Response = false
		case 3:
			m.Questions = []dnsmessage.Question{{Name: dnsmessage.MustNewName("other.example."), Type: dnsmessage.TypeA, Class: dnsmessage.ClassINET}}
		case 4:
			m.Questions = nil
		default:
			return false
		}
		m.Answers[0].Body = &dnsmessage.AResource{A: [4]byte{6, 6, 6, 6}}
		return true
	})
	listed(t, DNS{Name: "www.example", Type: "A", Resolver: resolver}, "192.0.2.1:0*1")
}

func TestALostQuestionIsAskedAgain(t *testing.T) {
	resolver := forger(t, func(n int, m *dnsmessage.Message) bool {
		if n == 0 {
			m.ID++ // which is no answer
		}
		return false
	})
	ctx, cancel := context.WithTimeout(t.Context(), 400*time.Millisecond)
	defer cancel()
	listing, err := DNS{Name: "www.example", Type: "A", Resolver: resolver}.List(ctx)
	expect(t, func([]byte) ([]engine.Member, error) { return listing.Members, err }, "", "192.0.2.1:0*1")
}

func TestTheNextResolverIsAskedIfOneIsSilent(t *testing.T) {
	silent, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	well := forger(t, func(int, *dnsmessage.Message) bool { return false })
	ctx, cancel := context.WithTimeout(t.Context(), 400*time.Millisecond)
	defer cancel()
	q := dnsmessage.Question{Name: dnsmessage.MustNewName("www.example."), Type: dnsmessage.TypeA, Class: dnsmessage.ClassINET}
	records, err := exchange(ctx, []netip.AddrPort{silent.LocalAddr().(*net.UDPAddr).AddrPort(), well}, q)
	if err != nil || len(records) != 1 {
		t.Errorf("%d records, %v", len(records), err)
	}
}

func TestResolversOfTheMachine(t *testing.T) {
	got := nameservers("# comment\nsearch example.org\nnameserver 192.0.2.53\nnameserver fe80::1%eth0\nnameserver nonsense\nnameserver\n")
	if text := fmt.Sprint(got); text != "[192.0.2.53:53 [fe80::1%eth0]:53]" {
		t.Errorf("got %s", text)
	}
}
