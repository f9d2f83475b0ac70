package dns

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/dns/dnsmessage"

	"luavs/checks/servertest"
)

// zone is what the name server of the tests knows. The answer about many is
// larger than fits into one over UDP.
func zone() string {
	var text strings.Builder
	text.WriteString(`
$ORIGIN example.
$TTL 300
@     SOA  ns1.example. admin.example. 2026010101 3600 600 86400 300
@     NS   ns1.example.
ns1   A    192.0.2.1
www   60 A 192.0.2.10
www   A    192.0.2.11
alias 30 CNAME www.example.
zero  0 A  192.0.2.20
`)
	for i := range 200 {
		fmt.Fprintf(&text, "many A 192.168.%d.%d\n", i/100, i%100)
	}
	return text.String()
}

func nsd(t *testing.T) Resolver {
	t.Helper()
	return Resolver{Servers: []netip.AddrPort{servertest.NSD(t, map[string]string{"example": zone(), "broken.example": ""})}}
}

// brief is an answer as its number of records and how long it holds.
func brief(a Answer, err error) string {
	if err != nil {
		return "! " + err.Error()
	}
	return fmt.Sprintf("%d for %v", len(a.Records), a.TTL)
}

func mustName(t testing.TB, text string) dnsmessage.Name {
	t.Helper()
	name, err := NewName(text)
	if err != nil {
		t.Fatal(err)
	}
	return name
}

func TestAnswersOfNSD(t *testing.T) {
	r := nsd(t)
	server := "resolver " + r.Servers[0].String() + ": "
	for _, tt := range []struct{ name, asked, kind, want string }{
		{"records of several times to live", "www.example", "A", "2 for 1m0s"},
		{"another case, and the last dot", "WWW.Example.", "A", "2 for 1m0s"},
		{"a CNAME on the way that ends sooner", "alias.example", "A", "2 for 30s"},
		{"the CNAME itself", "alias.example", "CNAME", "1 for 30s"},
		{"a record that is not to be kept", "zero.example", "A", "1 for 0s"},
		{"cut short over UDP, then over TCP", "many.example", "A", "200 for 5m0s"},
		{"a name that is not there", "nosuch.example", "A", "0 for 0s"},
		{"a name without such records", "ns1.example", "AAAA", "0 for 0s"},
		{"a zone that is not the server's", "www.example.org", "A", "! " + server + "it answers REFUSED"},
		{"a zone that cannot be read", "www.broken.example", "A", "! " + server + "it answers SERVFAIL"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := brief(r.Lookup(t.Context(), mustName(t, tt.asked), TypeOf(tt.kind))); got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
		})
	}
}

func TestNamesAreLookedForInSearchDomains(t *testing.T) {
	r := nsd(t)
	r.Search, r.Dots = []string{"none.example", "example."}, 1
	for _, tt := range []struct{ name, asked, want string }{
		{"in the second domain", "www", "2 for 1m0s"},
		{"not with a last dot", "www.", "! it answers REFUSED"},
		{"a whole name", "www.example", "2 for 1m0s"},
		{"nowhere", "nosuch.example", "0 for 0s"},
		{"one that can be no name", "a..b", `! label "": want 1 to 63 visible characters`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := brief(r.Find(t.Context(), tt.asked, dnsmessage.TypeA))
			wrong, refused := strings.CutPrefix(tt.want, "! ")
			if !refused && got != tt.want || refused && !strings.Contains(got, wrong) {
				t.Errorf("got %s, want %s", got, tt.want)
			}
		})
	}
}

func TestCandidates(t *testing.T) {
	for _, tt := range []struct {
		text   string
		dots   int
		search string
		want   string
	}{
		{"www", 1, "a b", "www.a www.b www"},
		{"www.x", 1, "a b", "www.x www.x.a www.x.b"},
		{"www.x", 2, "a.", "www.x.a www.x"},
		{"www.", 1, "a", "www."},
		{"www", 0, "a", "www www.a"},
		{"www", 1, "", "www"},
		{"www", 1, ".", "www"},
	} {
		r := Resolver{Search: strings.Fields(tt.search), Dots: tt.dots}
		if got := strings.Join(r.candidates(tt.text), " "); got != tt.want {
			t.Errorf("%s with %d dots in %q: %s, want %s", tt.text, tt.dots, tt.search, got, tt.want)
		}
	}
}

// forger answers each question over UDP with what forge makes of the right
// answer, 192.0.2.1, as long as forge returns true.
func forger(t *testing.T, forge func(n int, m *dnsmessage.Message) bool) netip.AddrPort {
	t.Helper()
	n := -1
	return servertest.UDP(t, func(s *net.UDPConn, from netip.AddrPort, data []byte) {
		n++
		var m dnsmessage.Message
		if err := m.Unpack(data); err != nil {
			t.Errorf("asked %x: %v", data, err)
			return
		}
		for again := true; again; {
			answer := right(m)
			again = forge(n, &answer)
			wire, err := answer.Pack()
			if err != nil {
				t.Error(err)
			}
			s.WriteToUDPAddrPort(wire, from)
		}
	})
}

// right is the right answer to a question.
func right(m dnsmessage.Message) dnsmessage.Message {
	m.Response, m.Additionals = true, nil
	m.Answers = []dnsmessage.Resource{{
		Header: dnsmessage.ResourceHeader{Name: m.Questions[0].Name, Type: dnsmessage.TypeA, Class: dnsmessage.ClassINET, TTL: 5},
		Body:   &dnsmessage.AResource{A: [4]byte{192, 0, 2, 1}},
	}}
	return m
}

// lookup asks about www.example within a limit.
func lookup(t *testing.T, limit time.Duration, servers ...netip.AddrPort) (Answer, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), limit)
	defer cancel()
	return Resolver{Servers: servers}.Lookup(ctx, mustName(t, "www.example"), dnsmessage.TypeA)
}

func TestAnswersToOtherQuestionsArePassedOver(t *testing.T) {
	sent := 0
	server := forger(t, func(_ int, m *dnsmessage.Message) bool {
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
	a, err := lookup(t, 20*time.Second, server)
	if err != nil || len(a.Records) != 1 || a.Records[0].Body.(*dnsmessage.AResource).A != [4]byte{192, 0, 2, 1} {
		t.Errorf("%v, %v, want 192.0.2.1", a.Records, err)
	}
}

func TestALostQuestionIsAskedAgain(t *testing.T) {
	t.Parallel()
	server := forger(t, func(n int, m *dnsmessage.Message) bool {
		if n == 0 {
			m.ID++ // which is no answer
		}
		return false
	})
	if got := brief(lookup(t, 3*time.Second, server)); got != "1 for 5s" {
		t.Errorf("got %s", got)
	}
}

// silent is a name server that never answers.
func silent(t *testing.T) netip.AddrPort {
	t.Helper()
	s, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s.LocalAddr().(*net.UDPAddr).AddrPort()
}

func TestTheNextServerIsAsked(t *testing.T) {
	t.Parallel()
	for name, first := range map[string]netip.AddrPort{
		"if one is silent":     silent(t),
		"if nobody is there":   servertest.Port(t),
		"if one has a problem": forger(t, func(_ int, m *dnsmessage.Message) bool { m.RCode = dnsmessage.RCodeServerFailure; return false }),
		"if what one says has no end": forger(t, func(_ int, m *dnsmessage.Message) bool {
			m.Answers = append(m.Answers, dnsmessage.Resource{Header: m.Answers[0].Header, Body: &dnsmessage.UnknownResource{Type: dnsmessage.TypeA, Data: []byte{1}}})
			return false
		}),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			well := forger(t, func(int, *dnsmessage.Message) bool { return false })
			if got := brief(lookup(t, 4*time.Second, first, well)); got != "1 for 5s" {
				t.Errorf("got %s", got)
			}
		})
	}
}

func TestASilentServer(t *testing.T) {
	t.Parallel()
	server := silent(t)
	_, err := lookup(t, 50*time.Millisecond, server)
	if !errors.Is(err, ErrSilent) || err.Error() != "resolver "+server.String()+": no answer" {
		t.Errorf("got %v", err)
	}
}

// A question that is given up ends with the reason why.
func TestAQuestionThatIsGivenUp(t *testing.T) {
	asked := make(chan bool, 1)
	enough := errors.New("enough")
	ctx, cancel := context.WithCancelCause(t.Context())
	server := forger(t, func(_ int, m *dnsmessage.Message) bool { m.ID++; asked <- true; return false })
	go func() {
		<-asked
		cancel(enough)
	}()
	_, err := Resolver{Servers: []netip.AddrPort{server}}.Lookup(ctx, mustName(t, "www.example"), dnsmessage.TypeA)
	if !errors.Is(err, enough) {
		t.Errorf("got %v", err)
	}
}

func TestResolvConf(t *testing.T) {
	for _, tt := range []struct{ name, text, want string }{
		{"servers", "# comment\nnameserver 192.0.2.53\nnameserver fe80::1%eth0\nnameserver nonsense\nnameserver\n; nameserver 192.0.2.54\nsearch .\n",
			"[192.0.2.53:53 [fe80::1%eth0]:53] [.] 1"},
		{"the last of domain and search", "domain a.example\nsearch b.example c.example\n", "[] [b.example c.example] 1"},
		{"options", "search .\noptions rotate ndots:3\n", "[] [.] 3"},
		{"options without sense", "search .\noptions ndots:99\noptions ndots:x\n", "[] [.] 15"},
	} {
		r := parseResolvConf(tt.text)
		if got := fmt.Sprint(r.Servers, r.Search, r.Dots); got != tt.want {
			t.Errorf("%s: got %s, want %s", tt.name, got, tt.want)
		}
	}
}

func TestHosts(t *testing.T) {
	const text = "127.0.0.1 localhost lo # loopback\n::1 localhost\n192.0.2.1\nnonsense www\n#192.0.2.3 www\n192.0.2.2\tWWW.example www\n"
	for name, want := range map[string]string{
		"localhost": "[127.0.0.1 ::1]", "LO.": "[127.0.0.1]", "www.example.": "[192.0.2.2]", "www": "[192.0.2.2]", "loopback": "[]", "": "[]",
	} {
		if got := fmt.Sprint(addressesIn(text, name)); got != want {
			t.Errorf("%q: got %s, want %s", name, got, want)
		}
	}
	if got := namesIn(text, netip.MustParseAddr("::ffff:192.0.2.2")); !slices.Equal(got, []string{"WWW.example", "www"}) {
		t.Errorf("got %q", got)
	}
}

func TestThisMachine(t *testing.T) {
	all, err := Hosts("localhost")
	if err != nil || !slices.Contains(all, netip.MustParseAddr("127.0.0.1")) {
		t.Errorf("localhost is %v, %v", all, err)
	}
	names, err := HostNames(netip.MustParseAddr("127.0.0.1"))
	if err != nil || !slices.Contains(names, "localhost") {
		t.Errorf("127.0.0.1 is %q, %v", names, err)
	}
}
