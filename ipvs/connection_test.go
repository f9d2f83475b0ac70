package ipvs

import (
	"errors"
	"fmt"
	"io"
	"iter"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
	"time"
)

const heading = "Pro FromIP   FPrt ToIP     TPrt DestIP   DPrt State       Expires PEName PEData\n"

// lines of Linux, with what they say.
var connectionLines = []struct {
	name, line string
	want       Connection
}{
	{"TCP", "TCP 0A000002 C350 0A000001 0050 0A000009 1F90 ESTABLISHED     899",
		connection(TCP, "10.0.0.2:50000", "10.0.0.1:80", "10.0.0.9:8080", "ESTABLISHED", 899)},
	{"UDP over IPv6", "UDP 2001:0db8:0000:0000:0000:0000:0000:0002 C350 2001:0db8:0000:0000:0000:0000:0000:0001 0035 2001:0db8:0000:0000:0000:0000:0000:0009 0035 UDP             299",
		connection(UDP, "[2001:db8::2]:50000", "[2001:db8::1]:53", "[2001:db8::9]:53", "UDP", 299)},
	{"an IPv6 destination of an IPv4 service", "TCP 0A000002 C350 0A000001 0050 2001:0db8:0000:0000:0000:0000:0000:0009 0050 SYN_RECV         59",
		connection(TCP, "10.0.0.2:50000", "10.0.0.1:80", "[2001:db8::9]:80", "SYN_RECV", 59)},
	{"SCTP", "SCTP 0A000002 C350 0A000001 0050 0A000009 0050 SHUTDOWN_ACK_SENT       0",
		connection(SCTP, "10.0.0.2:50000", "10.0.0.1:80", "10.0.0.9:80", "SHUTDOWN_ACK_SENT", 0)},
	{"another protocol", "IP_47 0A000002 C350 0A000001 0050 0A000009 0050 ERR!              1",
		connection(47, "10.0.0.2:50000", "10.0.0.1:80", "10.0.0.9:80", "ERR!", 1)},
	{"a template of a network", "TCP 0A000000 0000 0A000001 0050 0A000009 0050 ASSURED         300",
		template(connection(TCP, "10.0.0.0:0", "10.0.0.1:80", "10.0.0.9:80", "ASSURED", 300), 0)},
	{"a template of a mark", "IP  0A000002 0000 00000007 0000 0A000009 0000 NONE            300",
		template(connection(0, "10.0.0.2:0", "", "10.0.0.9:0", "NONE", 300), 7)},
	{"a template of a mark over IPv6", "IP  2001:0db8:0000:0000:0000:0000:0000:0002 0000 ffff:fffe:0000:0000:0000:0000:0000:0000 0000 2001:0db8:0000:0000:0000:0000:0000:0009 0000 NONE            300",
		template(connection(0, "[2001:db8::2]:0", "", "[2001:db8::9]:0", "NONE", 300), 0xfffffffe)},
	{"an FTP connection that is expected", "TCP 0A000002 0000 0A000001 0050 0A000009 0050 LISTEN          120",
		connection(TCP, "10.0.0.2:0", "10.0.0.1:80", "10.0.0.9:80", "LISTEN", 120)},
	{"a Call-ID", "UDP 0A000002 0000 0A000001 13C4 0A000009 13C4 NONE             60 sip a b@c",
		withPE(template(connection(UDP, "10.0.0.2:0", "10.0.0.1:5060", "10.0.0.9:5060", "NONE", 60), 0), "sip", "a b@c")},
}

func connection(p Protocol, client, virtual, destination, state string, expires int) Connection {
	c := Connection{Protocol: p, State: state, Expires: time.Duration(expires) * time.Second,
		Client: netip.MustParseAddrPort(client), Destination: netip.MustParseAddrPort(destination)}
	if virtual != "" {
		c.Virtual = netip.MustParseAddrPort(virtual)
	}
	return c
}

func template(c Connection, mark uint32) Connection {
	c.Template, c.FWMark = true, mark
	return c
}

func withPE(c Connection, name, data string) Connection {
	c.PE, c.PEData = name, data
	return c
}

func TestConnectionsAreRead(t *testing.T) {
	for _, test := range connectionLines {
		if got, err := parseConnection([]byte(test.line)); err != nil || got != test.want {
			t.Errorf("%s: %+v, %v", test.name, got, err)
		}
	}
}

func TestLinesThatAreNoConnectionsAreErrors(t *testing.T) {
	good := connectionLines[0].line
	for name, line := range map[string]string{
		"nothing":                     "",
		"half":                        good[:30],
		"no seconds":                  strings.TrimRight(good[:len(good)-3], " "),
		"an address of seven digits":  strings.Replace(good, "0A000002", "A000002", 1),
		"an address of other letters": strings.Replace(good, "0A000002", "0G000002", 1),
		"a port of five digits":       strings.Replace(good, "C350", "1C350", 1),
		"a protocol in small letters": strings.Replace(good, "TCP", "tcp", 1),
		"protocol 0 as a number":      strings.Replace(good, "TCP", "IP_0", 1),
		"protocol 256":                strings.Replace(good, "TCP", "IP_256", 1),
		"seconds below zero":          strings.Replace(good, "899", "-89", 1),
		"a client of another family":  strings.Replace(good, "0A000002", "2001:0db8:0000:0000:0000:0000:0000:0002", 1),
		"IPv6 without a colon":        strings.Replace(good, "0A000009", "2001:0db8:0000:0000:0000:000000000:0009", 1),
		"IPv6 with other letters":     strings.Replace(good, "0A000009", "2001:0db8:0000:0000:0000:0000:00g0:0009", 1),
	} {
		if c, err := parseConnection([]byte(line)); err == nil {
			t.Errorf("%s: %+v", name, c)
		}
	}
}

// collect returns what was yielded, and the error that came last.
func collect(seq iter.Seq2[Connection, error]) (list []Connection, last error) {
	for c, err := range seq {
		if last != nil {
			panic("something came behind an error")
		}
		if last = err; err == nil {
			list = append(list, c)
		}
	}
	return list, last
}

func TestTheTableIsReadUntilItsEndOrTheFirstError(t *testing.T) {
	line := connectionLines[0].line + "\n"
	broken := errors.New("broken")
	for name, test := range map[string]struct {
		text  io.Reader
		n     int
		error string
	}{
		"an empty table":         {strings.NewReader(heading), 0, ""},
		"three":                  {strings.NewReader(heading + line + line + line), 3, ""},
		"byte for byte":          {iotest.OneByteReader(strings.NewReader(heading + line)), 1, ""},
		"no end of line":         {strings.NewReader(heading + line + strings.TrimSpace(line)), 2, ""},
		"no heading":             {strings.NewReader(line), 0, "line 1"},
		"nothing":                {strings.NewReader(""), 0, "line 1"},
		"another file":           {strings.NewReader("IP Virtual Server version 1.2.1\n"), 0, "is not the heading"},
		"a bad line":             {strings.NewReader(heading + line + "TCP\n" + line), 1, "line 3"},
		"a line without an end":  {strings.NewReader(heading + line + strings.Repeat("0", 1<<20)), 1, "line 3"},
		"an error while reading": {io.MultiReader(strings.NewReader(heading+line), iotest.ErrReader(broken)), 1, "broken"},
	} {
		list, err := collect(readConnections(test.text))
		if len(list) != test.n || err == nil != (test.error == "") || err != nil && !strings.Contains(err.Error(), test.error) {
			t.Errorf("%s: %d connections, %v", name, len(list), err)
		}
	}
}

func TestReadingStopsWithTheLoop(t *testing.T) {
	lines := strings.Repeat(connectionLines[0].line+"\n", 1000)
	left := strings.NewReader(heading + lines)
	for range readConnections(left) {
		break
	}
	if left.Len() < len(lines)/2 {
		t.Errorf("%d bytes of %d were read", len(lines)-left.Len(), len(lines))
	}
}

// BenchmarkReadConnections is a table of 1,000 connections: what it allocates
// does not grow with the table.
func BenchmarkReadConnections(b *testing.B) {
	text := heading + strings.Repeat(connectionLines[0].line+"\n", 1000)
	b.ReportAllocs()
	for b.Loop() {
		for _, err := range readConnections(strings.NewReader(text)) {
			if err != nil {
				b.Fatal(err)
			}
		}
	}
}

func TestFilters(t *testing.T) {
	named := map[string]Connection{}
	for _, test := range connectionLines {
		named[test.name] = test.want
	}
	for filter, want := range map[ConnectionFilter][]string{
		{Protocol: SCTP}: {"SCTP"},
		{State: "UDP"}:   {"UDP over IPv6"},
		{Client: netip.MustParsePrefix("10.0.0.0/30"), Templates: OnlyTemplates}: {"a Call-ID", "a template of a mark", "a template of a network"},
		{Client: netip.MustParsePrefix("2001:db8::2/128"), Protocol: UDP}:        {"UDP over IPv6"},
		{Virtual: netip.MustParseAddrPort("[2001:db8::1]:0")}:                    {"UDP over IPv6"},
		{Virtual: netip.MustParseAddrPort("10.0.0.1:5060")}:                      {"a Call-ID"},
		{Destination: netip.MustParseAddrPort("10.0.0.9:8080")}:                  {"TCP"},
		{Destination: netip.MustParseAddrPort("[2001:db8::9]:80")}:               {"an IPv6 destination of an IPv4 service"},
		{Service: testService.ServiceKey, Templates: WithoutTemplates}:           {"TCP", "an FTP connection that is expected", "an IPv6 destination of an IPv4 service"},
		{Service: MarkKey(7, INET)}:                                              {"a template of a mark"},
		{Service: MarkKey(7, INET6)}:                                             nil,
		{Service: MarkKey(0xfffffffe, INET6)}:                                    {"a template of a mark over IPv6"},
		{Service: AddrKey(UDP, netip.MustParseAddrPort("10.0.0.1:0"))}:           {"a Call-ID"},
	} {
		if f := filter.fault(); f != nil {
			t.Errorf("%+v: %v", filter, f)
		}
		var got []string
		for name, c := range named {
			if filter.Matches(c) {
				got = append(got, name)
			}
		}
		if slices.Sort(got); !slices.Equal(got, want) {
			t.Errorf("%+v: %q", filter, got)
		}
	}
}

func TestAClientListsItsConnections(t *testing.T) {
	c := dialFake(t, &fakeKernel{answer: acknowledge})
	fakeProc(t, c, nil, heading+connectionLines[0].line+"\n"+connectionLines[1].line+"\nUDP\n")
	list, err := collect(c.Connections(ConnectionFilter{Protocol: UDP}))
	if len(list) != 1 || list[0] != connectionLines[1].want || !errors.Is(err, ErrNoAnswer) {
		t.Errorf("%+v, %v", list, err)
	}
	fakeProc(t, c, nil, "")
	if list, err := collect(c.Connections(ConnectionFilter{})); list != nil || !errors.Is(err, ErrUnavailable) {
		t.Errorf("%+v, %v", list, err)
	}
}

func TestMemoryListsTheConnectionsThatWereSet(t *testing.T) {
	m := NewMemory()
	m.Apply(append([]Change{{Op: AddService, Service: testService}}, adds(2)...))
	m.SetConnections(testService.ServiceKey, testDestination(1).Addr, 2, 1)
	var got []string
	for c, err := range m.Connections(ConnectionFilter{Service: testService.ServiceKey}) {
		got = append(got, fmt.Sprint(c.Protocol, " ", c.Client, " ", c.Virtual, " ", c.Destination, " ", c.State, " ", c.Expires, " ", err))
	}
	if want := []string{
		"tcp 192.0.2.1:1024 10.0.0.1:80 10.1.0.1:80 ESTABLISHED 15m0s <nil>",
		"tcp 192.0.2.1:1025 10.0.0.1:80 10.1.0.1:80 ESTABLISHED 15m0s <nil>",
		"tcp 192.0.2.1:1026 10.0.0.1:80 10.1.0.1:80 FIN_WAIT 2m0s <nil>",
	}; !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
	m.SetConnections(testService.ServiceKey, testDestination(0).Addr, 1<<31, 1<<31)
	n := 0
	for range m.Connections(ConnectionFilter{}) {
		if n++; n == 3 {
			break // however many there are
		}
	}
	m.SetConnections(testService.ServiceKey, testDestination(0).Addr, 0, 0)
	if list, err := collect(m.Connections(ConnectionFilter{Client: netip.MustParsePrefix("192.0.2.1/32"), State: "FIN_WAIT",
		Destination: testDestination(1).Addr, Service: otherKey})); err != nil || list != nil {
		t.Errorf("%v, %v", list, err)
	}
}

func TestMadeUpConnectionsFitTheService(t *testing.T) {
	six := AddrKey(UDP, netip.MustParseAddrPort("[2001:db8::1]:53"))
	for c := range simulated(six, DestinationEntry{Inactive: 1}) {
		if c.State != "UDP" || c.Family() != INET6 {
			t.Errorf("%+v", c)
		}
	}
	for c := range simulated(MarkKey(7, INET6), DestinationEntry{Active: 1}) {
		if c.Protocol != TCP || c.Family() != INET6 || FamilyOf(c.Virtual.Addr()) != INET6 {
			t.Errorf("%+v", c)
		}
	}
	if state, _ := simulatedState(SCTP, false); state != "CLOSED" {
		t.Error(state)
	}
	if a, b := madeUpClient(INET, 59999), madeUpClient(INET, 60000); a.Addr() == b.Addr() || a.Port() != 61023 || b.Port() != 1024 {
		t.Error(a, b)
	}
}

func FuzzConnectionLine(f *testing.F) {
	for _, test := range connectionLines {
		f.Add(test.line)
	}
	f.Fuzz(func(t *testing.T, line string) {
		c, err := parseConnection([]byte(line))
		if err != nil {
			return
		}
		if !c.Client.IsValid() || !c.Destination.IsValid() || c.Virtual.IsValid() == (c.Protocol == 0) || c.Expires < 0 || c.State == "" {
			t.Errorf("%+v", c)
		}
	})
}

func FuzzConnectionTable(f *testing.F) {
	f.Add(heading + connectionLines[0].line + "\n")
	f.Fuzz(func(t *testing.T, text string) {
		collect(readConnections(strings.NewReader(text)))
	})
}
