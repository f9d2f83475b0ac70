//go:build kernel

package ipvs

import (
	"errors"
	"io/fs"
	"net/netip"
	"syscall"
	"testing"
)

// OverflowAnswers gives a client of the kernel a receive buffer that holds only
// a few answers, and makes a batch fail altogether: the kernel drops answers,
// and says so once. What is refused is certain, what has no answer in doubt,
// and the table is as if all had been heard.
func OverflowAnswers(t *testing.T, c *Client) {
	s := c.transport.(*socket)
	if err := s.conn.SetReadBuffer(2304); err != nil { // the least there is
		t.Fatal(err)
	}
	changes := append([]Change{{Op: AddService, Service: testService}}, adds(maxBatch-1)...)
	if errs := c.Apply(changes); errs != nil {
		t.Fatal(errors.Join(errs...))
	}
	errs := c.Apply(append(changes, adds(maxBatch + 50)[maxBatch:]...)) // a second batch succeeds
	full, refused, made := 0, 0, 0
	for i, err := range errs {
		switch {
		case errors.Is(err, ErrNoAnswer) && errors.Is(err, syscall.ENOBUFS):
			full++
		case errors.Is(err, fs.ErrExist):
			refused++
		case err == nil:
			made++
		default:
			t.Errorf("change %d: %v", i, err)
		}
	}
	if full == 0 || made != 50 || full+refused != maxBatch {
		t.Errorf("%d without an answer, %d refused, %d made", full, refused, made)
	}
	list, err := c.Destinations(testService.ServiceKey)
	if err != nil || len(list) != maxBatch-1+50 {
		t.Errorf("%d destinations, %v", len(list), err)
	}
	if err := c.Zero(otherKey); !errors.Is(err, ErrNoService) {
		t.Errorf("the next request: %v", err)
	}
}

// FillAnswers makes as many changes fail at once as a batch holds: with the
// client's own buffer no answer is lost.
func FillAnswers(t *testing.T, c *Client) {
	changes := adds(4 * maxBatch)
	for i, err := range c.Apply(changes) {
		if !errors.Is(err, ErrNoService) {
			t.Fatalf("change %d: %v", i, err)
		}
	}
}

// SendTraps sends what Validate and the encoders never let out, to see that the
// kernel makes something else of it: that is why they do not.
func SendTraps(t *testing.T, c *Client) {
	for name, test := range map[string]struct {
		attrs []byte
		want  string
	}{
		"a firewall mark of 0 is a tcp service at 0.0.0.0:0": {
			trapService(Service{ServiceKey: ServiceKey{Family: INET}, Scheduler: "rr"}, true),
			"-A -t 0.0.0.0:0 -s rr\n"},
		"a persistence of 2^32-1 seconds wraps": {
			trapService(Service{ServiceKey: MarkKey(7, INET), Scheduler: "rr", Persistence: (1<<32 - 1) * 1e9}, false),
			"-A -f 7 -s rr -p 42949671\n"},
		"a protocol of 47 is taken": {
			appendService(nil, Service{ServiceKey: AddrKey(47, testService.Addr), Scheduler: "rr"}),
			"-A -t 10.0.0.1:80 -s rr\n"},
	} {
		errno, err := c.current(name, func() (syscall.Errno, error) { return c.ask(cmdNewService, 0, test.attrs, unexpected) })
		table, tableErr := c.Table()
		if errno != 0 || err != nil || tableErr != nil || table.String() != test.want {
			t.Errorf("%s: %v, %v, %v\n%v", name, errno, err, tableErr, table)
		}
		c.Flush()
	}
	cutAddress(t, c)
}

// trapService encodes a service, with its mark even if it is 0.
func trapService(s Service, mark bool) []byte {
	if !mark {
		return appendService(nil, s)
	}
	b := openNest(nil, attrService)
	b = appendUint32(appendUint16(b, svcAF, uint16(s.Family)), svcFWMark, 0)
	b = appendName(b, svcSchedName, s.Scheduler)
	b = appendAttr(b, svcFlags, make([]byte, 8)...)
	b = appendUint32(b, svcTimeout, 0)
	b = appendNetmask(b, netip.Addr{}, INET)
	closeNest(b, 0)
	return b
}

// cutAddress adds an IPv6 destination without its family to an IPv4 service.
func cutAddress(t *testing.T, c *Client) {
	c.Apply([]Change{{Op: AddService, Service: testService}})
	attrs := appendKeyNest(nil, testService.ServiceKey)
	nest := len(attrs)
	attrs = appendAddr(openNest(attrs, attrDest), destAddr, netip.MustParseAddr("2001:db8::9"))
	attrs = appendPort(attrs, destPort, 80)
	for _, typ := range []uint16{destForward, destWeight, destUThresh, destLThresh} {
		attrs = appendUint32(attrs, typ, 0)
	}
	closeNest(attrs, nest)
	errno, err := c.current("add", func() (syscall.Errno, error) { return c.ask(cmdNewDest, 0, attrs, unexpected) })
	list, listErr := c.Destinations(testService.ServiceKey)
	if errno != 0 || err != nil || listErr != nil || len(list) != 1 || list[0].Addr != netip.MustParseAddrPort("32.1.13.184:80") {
		t.Errorf("%v, %v, %v, %v", errno, err, listErr, list)
	}
}

// SilentDaemons counts how often the kernel does not answer when a daemon is
// stopped before it ran.
func SilentDaemons(t *testing.T, c *Client) {
	d := Daemon{Role: Master, Interface: "lo"}
	silent := 0
	for range 20 {
		if err := c.StartDaemon(d); err != nil {
			t.Fatal(err)
		}
		answered, errno, err := c.askAloud(cmdDelDaemon, appendRole(nil, Master))
		if errno != 0 || err != nil {
			t.Fatal(errno, err)
		}
		if !answered {
			silent++
		}
		if list, err := c.Daemons(); err != nil || len(list) != 0 {
			t.Errorf("answered %v, and %v runs, %v", answered, list, err)
		}
	}
	t.Logf("the kernel was silent %d times of 20", silent)
}
