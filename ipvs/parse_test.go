package ipvs

import (
	"math/rand/v2"
	"net/netip"
	"slices"
	"strings"
	"testing"
)

func TestParsedTextPrintsAgain(t *testing.T) {
	const text = `-A -t 10.0.0.1:80 -s wrr -p 300 -M 255.255.255.0
-a -t 10.0.0.1:80 -r 10.0.0.9:80 -m -w 5 -x 100 -y 50
-a -t 10.0.0.1:80 -r 10.0.0.11:80 -i -w 1 --tun-type gue --tun-port 6080 --tun-nocsum
-a -t 10.0.0.1:80 -r [2001:db8::9]:80 -i -w 1 --tun-type ipip
-A -u 10.0.0.1:53 -s sh -o -b sh-fallback,sh-port
-A --sctp-service 10.0.0.1:80 -s wlc -b flag-1,flag-3
-A -t [2001:db8::1]:80 -s wrr -p 300 -M 64
-A -f 7 -s wrr -p 1 --pe sip
-A -f 7 -6 -s wrr
-a -f 7 -6 -r [2001:db8::9]:80 -g -w 3
`
	table, err := ParseSave(strings.NewReader("# saved\n\n" + text))
	if err != nil {
		t.Fatal(err)
	}
	got, want := strings.Split(table.String(), "\n"), strings.Split(text, "\n")
	if len(got) != len(want) {
		t.Fatalf("%s", table)
	}
	for i := range sorted(got) {
		if got[i] != sorted(want)[i] {
			t.Errorf("got %q, want %q", got[i], want[i])
		}
	}
}

// sorted returns the lines in order, because a table has one of its own.
func sorted(lines []string) []string {
	slices.Sort(lines)
	return lines
}

func TestMarksAreReadAsIpvsadmSavesThem(t *testing.T) {
	for word, want := range map[string]uint32{"-1": 4294967295, "-2147483648": 2147483648, "2147483647": 2147483647, "4294967295": 4294967295} {
		if c, err := ParseChange("-A -s rr -f " + word); err != nil || c.Service.FWMark != want {
			t.Errorf("%s: %v, %v", word, c, err)
		}
	}
	for _, word := range []string{"-6", "-2147483649", "4294967296", "-x", ""} {
		if c, err := ParseChange("-A -s rr -f " + word); err == nil {
			t.Errorf("%s: %v", word, c)
		}
	}
}

func TestLongOptionsAreTheShortOnes(t *testing.T) {
	for short, long := range map[string]string{
		"-A -t 10.0.0.1:80 -s rr -p 9 -M 255.0.0.0": "--add-service --tcp-service 10.0.0.1:80 --scheduler rr --persistent 9 --netmask 255.0.0.0",
		"-E -u 10.0.0.1:80 -o -b flag-1":            "--edit-service --udp-service 10.0.0.1:80 --ops --sched-flags flag-1",
		"-D -f 7 -6":                                "--delete-service --ipv6 --fwmark-service 7",
		"-a -f 7 -r 10.0.0.9:0 -m -w 3 -x 2 -y 1":   "--add-server --fwmark-service 7 --real-server 10.0.0.9:0 --masquerading --weight 3 --u-threshold 2 --l-threshold 1",
		"-e -f 7 -r 10.0.0.9:0":                     "--edit-server --fwmark-service 7 --real-server 10.0.0.9:0 --gatewaying",
		"-d -f 7 -r 10.0.0.9:0 -i":                  "--delete-server --fwmark-service 7 --real-server 10.0.0.9:0 --ipip",
	} {
		a, errA := ParseChange(short)
		b, errB := ParseChange(long)
		if errA != nil || errB != nil || a != b {
			t.Errorf("%s: %v, %v\n%+v\n%+v", short, errA, errB, a, b)
		}
	}
}

func TestBadTextIsRefusedWithItsLine(t *testing.T) {
	for text, want := range map[string]string{
		"-X":                               `line 1: "-X" is none of`,
		"\n-A -s rr":                       "line 2: names no service",
		"-A -6 -s rr":                      "line 1: names no service",
		"-A -t web:80":                     "line 1: -t: needs a numeric ADDRESS:PORT",
		"-A -f 4294967296":                 "line 1: -f: ",
		"-A -f 7 --bogus":                  "line 1: --bogus: no such option",
		"-A -f 7 -s":                       "needs a scheduler",
		"-A -f 7 -s rr -b odd":             `scheduler flag "odd" is not one of flag-1`,
		"-A -f 7 -p 1 -M x":                "line 1: -M: ",
		"-A -f 7 -6 -p 1 -M 129":           `-M: "129" is not a prefix length`,
		"-A -f 7 -p -1":                    "no such option",
		"-A -f 7\n-A -f 7":                 "line 2: add service fwmark 7 inet: the service exists already",
		"-a -f 7 -r 10.0.0.9:80":           "line 1: add destination 10.0.0.9:80 to fwmark 7 inet: no such service",
		"-A -f 7\n-a -f 7":                 "line 2: names no destination",
		"-A -f 7\n-D -f 7":                 `line 2: "-D -f 7" changes a table`,
		"-A -f 7\n-a -f 7 -r 1.1.1.1:1 -w": "line 2: -w: ",
		"-A -f 7\n-a -f 7 -r 1.1.1.1:1 -i --tun-type ip6ip6": `--tun-type: tunnel type "ip6ip6" is not`,
		"-A -f 7 -s foo": `scheduler "foo" is not known`,
		"-A -f 7 -s " + strings.Repeat("x", 1<<17): "token too long",
	} {
		_, err := ParseSave(strings.NewReader(text))
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.40q: %v", text, err)
		}
	}
	if _, err := ParseChange(""); err == nil {
		t.Error("an empty command was taken")
	}
}

func FuzzParseSave(f *testing.F) {
	f.Add("-A -t 10.0.0.1:80 -s rr -p 9 -M 255.0.0.0\n-a -t 10.0.0.1:80 -r 10.0.0.9:80 -i --tun-type gre --tun-csum\n")
	f.Add("-A -f 7 -6 -s mh -b mh-port -p 1 -M 64")
	f.Fuzz(func(t *testing.T, text string) {
		table, err := ParseSave(strings.NewReader(text))
		if err != nil {
			return
		}
		again, err := ParseSave(strings.NewReader(table.String()))
		if err != nil || again.String() != table.String() {
			t.Errorf("%v\n%s\n%s", err, table, again)
		}
	})
}

// FuzzSavedValues prints and reads any valid value.
func FuzzSavedValues(f *testing.F) {
	for seed := range uint64(100) {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, seed uint64) {
		r := rand.New(rand.NewPCG(seed, 0))
		want := Entry{Service: randomService(r)}
		d := randomDestination(r)
		if d.Validate(want.Service) == nil {
			want.Destinations = []DestinationEntry{{Destination: d}}
		}
		table, err := ParseSave(strings.NewReader(Table{want}.String()))
		if err != nil || table[0].Service != want.Service || len(table[0].Destinations) != len(want.Destinations) {
			t.Fatalf("%v\n%v\n%v", err, want, table)
		}
		if want.Destinations != nil && table[0].Destinations[0] != want.Destinations[0] {
			t.Errorf("%v\n%v", want, table)
		}
	})
}

func TestNamesAreReadAndPrinted(t *testing.T) {
	for word, want := range map[string]ForwardMethod{"nat": NAT, "masq": NAT, "dr": Direct, "direct": Direct, "tunnel": Tunnel, "local": Local} {
		if got, err := ParseForwardMethod(word); err != nil || got != want {
			t.Errorf("%s: %v, %v", word, got, err)
		}
	}
	for _, m := range []ForwardMethod{NAT, Local, Tunnel, Direct} {
		if got, err := ParseForwardMethod(m.String()); err != nil || got != m {
			t.Errorf("%v: %v, %v", m, got, err)
		}
	}
	for _, p := range []Protocol{TCP, UDP, SCTP} {
		if got, err := ParseProtocol(p.String()); err != nil || got != p {
			t.Errorf("%v: %v, %v", p, got, err)
		}
	}
	for _, word := range []string{"", "NAT", "bypass", "icmp"} {
		_, forward := ParseForwardMethod(word)
		_, protocol := ParseProtocol(word)
		_, tunnel := ParseTunnelType(word)
		if forward == nil || protocol == nil || tunnel == nil {
			t.Errorf("%q was taken", word)
		}
	}
	for got, want := range map[string]string{
		Bypass.String(): "bypass", ForwardMethod(9).String(): "forward 9", Protocol(47).String(): "protocol 47",
		Family(3).String(): "family 3", TunnelType(9).String(): "tunnel type 9",
		Change{Op: 9, Service: testService}.String(): "unknown change 9 of tcp 10.0.0.1:80",
	} {
		if got != want {
			t.Errorf("%q instead of %q", got, want)
		}
	}
	if AddrKey(TCP, netip.MustParseAddrPort("[::ffff:10.0.0.1]:80")) != testService.ServiceKey {
		t.Error("a key keeps an IPv4 address in IPv6 form")
	}
}
