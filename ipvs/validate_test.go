package ipvs

import (
	"errors"
	"math"
	"net/netip"
	"strings"
	"syscall"
	"testing"
	"time"
)

func addr(s string) netip.AddrPort { return netip.MustParseAddrPort(s) }

// serviceFaults are changes to a good service, each with the errno and a word
// of the reason.
var serviceFaults = []struct {
	name   string
	change func(*Service)
	errno  syscall.Errno
	reason string
}{
	{"no family", func(s *Service) { s.Family = 0 }, syscall.EAFNOSUPPORT, "neither"},
	{"another family", func(s *Service) { s.Family = INET6 }, syscall.EINVAL, "not inet6"},
	{"neither address nor mark", func(s *Service) { s.Addr = netip.AddrPort{} }, syscall.EINVAL, "firewall mark above zero"},
	{"address and mark", func(s *Service) { s.FWMark = 7 }, syscall.EINVAL, "in place of"},
	{"mark with a protocol", func(s *Service) { s.ServiceKey = ServiceKey{FWMark: 1, Protocol: TCP, Family: INET} }, syscall.EINVAL, "in place of"},
	{"no protocol", func(s *Service) { s.Protocol = 0 }, syscall.EINVAL, "not a protocol number"},
	{"protocol 300", func(s *Service) { s.Protocol = 300 }, syscall.EINVAL, "not a protocol number"},
	{"protocol GRE", func(s *Service) { s.Protocol = 47 }, syscall.EINVAL, "tcp, udp or sctp"},
	{"IPv4 in IPv6", func(s *Service) { s.Addr = addr("[::ffff:10.0.0.1]:80") }, syscall.EINVAL, "write 10.0.0.1"},
	{"a zone", func(s *Service) { s.Addr = addr("[fe80::1%lo]:80"); s.Family = INET6 }, syscall.EINVAL, "zone"},
	{"port 0 without persistence", func(s *Service) { s.Addr = addr("10.0.0.1:0") }, syscall.EINVAL, "persistence"},
	{"no scheduler", func(s *Service) { s.Scheduler = "" }, syscall.ENOENT, "such as wlc"},
	{"a long scheduler", func(s *Service) { s.Scheduler = "sixteen-bytes-xx" }, syscall.EINVAL, "15 bytes"},
	{"a scheduler with NUL", func(s *Service) { s.Scheduler = "rr\x00" }, syscall.EINVAL, "NUL"},
	{"a long persistence engine", func(s *Service) { s.PE = "sixteen-bytes-xx" }, syscall.EINVAL, "15 bytes"},
	{"unknown flags", func(s *Service) { s.SchedFlags = 0x41 }, syscall.EINVAL, "0x41"},
	{"one-packet TCP", func(s *Service) { s.OnePacket = true }, syscall.EINVAL, "udp"},
	{"half a second", func(s *Service) { s.Persistence = time.Second / 2 }, syscall.EINVAL, "whole seconds"},
	{"negative persistence", func(s *Service) { s.Persistence = -time.Second }, syscall.EINVAL, "not within"},
	{"persistence that wraps", func(s *Service) { s.Persistence = 4294968 * time.Second }, syscall.EINVAL, "not within"},
	{"netmask without persistence", func(s *Service) { s.Netmask = netip.MustParseAddr("255.0.0.0") }, syscall.EINVAL, "no meaning"},
	{"netmask of another family", func(s *Service) {
		s.Persistence, s.Netmask = time.Second, netip.MustParseAddr("ffff::")
	}, syscall.EINVAL, "not an inet mask"},
	{"netmask with holes in IPv6", func(s *Service) {
		s.ServiceKey = MarkKey(1, INET6)
		s.Persistence, s.Netmask = time.Second, netip.MustParseAddr("ffff:0:ffff::")
	}, syscall.EINVAL, "prefix"},
	{"empty prefix in IPv6", func(s *Service) {
		s.ServiceKey = MarkKey(1, INET6)
		s.Persistence, s.Netmask = time.Second, netip.MustParseAddr("::")
	}, syscall.EINVAL, "prefix"},
}

func TestServicesAreRefusedWithAReason(t *testing.T) {
	if err := testService.Validate(); err != nil {
		t.Fatal(err)
	}
	for _, test := range serviceFaults {
		s := testService
		test.change(&s)
		checkFault(t, test.name, s.Validate(), test.errno, test.reason)
		for _, err := range NewMemory().Apply([]Change{{Op: AddService, Service: s}}) {
			checkFault(t, test.name+", added", err, test.errno, test.reason)
		}
	}
}

func checkFault(t *testing.T, name string, err error, errno syscall.Errno, reason string) {
	t.Helper()
	var refusal *Error
	if !errors.As(err, &refusal) || refusal.Errno != errno || !strings.Contains(refusal.Reason, reason) {
		t.Errorf("%s: %v", name, err)
	}
}

// destinationFaults are changes to a good destination of an IPv4 service.
var destinationFaults = []struct {
	name   string
	change func(*Destination)
	errno  syscall.Errno
	reason string
}{
	{"no address", func(d *Destination) { d.Addr = netip.AddrPort{} }, syscall.EINVAL, "needs an address"},
	{"unspecified", func(d *Destination) { d.Addr = addr("0.0.0.0:80") }, syscall.EINVAL, "no address of a server"},
	{"multicast", func(d *Destination) { d.Addr = addr("224.0.0.1:80") }, syscall.EINVAL, "unicast"},
	{"broadcast", func(d *Destination) { d.Addr = addr("255.255.255.255:80") }, syscall.EINVAL, "unicast"},
	{"IPv4 in IPv6", func(d *Destination) { d.Addr = addr("[::ffff:10.0.0.1]:80") }, syscall.EINVAL, "write 10.0.0.1"},
	{"a zone", func(d *Destination) { d.Addr = addr("[fe80::1%lo]:80") }, syscall.EINVAL, "zone"},
	{"bypass", func(d *Destination) { d.Forward = Bypass }, syscall.EINVAL, "not nat"},
	{"forwarding 8", func(d *Destination) { d.Forward = 8 }, syscall.EINVAL, "not nat"},
	{"IPv6 without a tunnel", func(d *Destination) { d.Addr = addr("[::1]:80") }, syscall.EINVAL, "only tunnel"},
	{"encapsulation without a tunnel", func(d *Destination) { d.Encapsulation.Type = GRE }, syscall.EINVAL, "for tunnels"},
	{"weight -1", func(d *Destination) { d.Weight = -1 }, syscall.ERANGE, "weight -1"},
	{"weight 2^31", func(d *Destination) { d.Weight = math.MaxInt32 + 1 }, syscall.ERANGE, "2147483647"},
	{"lower above upper", func(d *Destination) { d.UpperThreshold, d.LowerThreshold = 1, 2 }, syscall.ERANGE, "above the upper"},
	{"upper of 2^31", func(d *Destination) { d.UpperThreshold = 1 << 31 }, syscall.EINVAL, "upper threshold"},
	{"tunnel type 3", func(d *Destination) { d.Forward, d.Encapsulation.Type = Tunnel, 3 }, syscall.EINVAL, "type 3"},
	{"gue without port", func(d *Destination) { d.Forward, d.Encapsulation.Type = Tunnel, GUE }, syscall.EINVAL, "port above zero"},
	{"gre with port", func(d *Destination) {
		d.Forward, d.Encapsulation = Tunnel, Encapsulation{Type: GRE, Port: 1}
	}, syscall.EINVAL, "gre has no port"},
	{"ipip with checksum", func(d *Destination) { d.Forward, d.Encapsulation.Flags = Tunnel, 1 }, syscall.EINVAL, "ipip has no checksum"},
	{"gre with remote checksum", func(d *Destination) {
		d.Forward, d.Encapsulation = Tunnel, Encapsulation{Type: GRE, Flags: TunnelRemoteChecksum}
	}, syscall.EINVAL, "gre has no checksum"},
	{"both checksums", func(d *Destination) {
		d.Forward, d.Encapsulation = Tunnel, Encapsulation{Type: GUE, Port: 1, Flags: 3}
	}, syscall.EINVAL, "no checksum option 3"},
}

func TestDestinationsAreRefusedWithAReason(t *testing.T) {
	good := testDestination(1)
	if err := good.Validate(testService); err != nil {
		t.Fatal(err)
	}
	m := NewMemory()
	m.Apply([]Change{{Op: AddService, Service: testService}})
	for _, test := range destinationFaults {
		d := good
		test.change(&d)
		checkFault(t, test.name, d.Validate(testService), test.errno, test.reason)
		for _, op := range []Op{AddDestination, SetDestination} {
			errs := m.Apply([]Change{{Op: op, Service: testService, Destination: d}})
			if errs == nil {
				t.Fatalf("%s was taken", test.name)
			}
			checkFault(t, test.name+", applied", errs[0], test.errno, test.reason)
		}
	}
}

func TestOnlyKeysMatterToADeletion(t *testing.T) {
	m := NewMemory()
	d := testDestination(1)
	m.Apply([]Change{{Op: AddService, Service: testService}, {Op: AddDestination, Service: testService, Destination: d}})
	errs := m.Apply([]Change{
		{Op: DelDestination, Service: Service{ServiceKey: testService.ServiceKey}, Destination: Destination{Addr: d.Addr, Weight: -1, Forward: 9}},
		{Op: DelService, Service: Service{ServiceKey: testService.ServiceKey, Persistence: -1}},
	})
	if errs != nil {
		t.Error(errs)
	}
}
