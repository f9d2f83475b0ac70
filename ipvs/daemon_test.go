package ipvs

import (
	"errors"
	"io/fs"
	"math/rand/v2"
	"net/netip"
	"strings"
	"syscall"
	"testing"
)

var testDaemon = Daemon{Role: Master, Interface: "eth0", SyncID: 7, MaxLen: 1000, Port: 9000, TTL: 3,
	Group: netip.MustParseAddr("ff02::81")}

// daemonKernel answers lists of daemons with running, and a command with the
// errno, or if it is silent only the sentinel behind it.
func daemonKernel(silent bool, errno syscall.Errno, running ...Daemon) *fakeKernel {
	return &fakeKernel{answer: func(m []message) [][]byte {
		if command(m[0]) == cmdGetDaemon {
			var out [][]byte
			for _, d := range running {
				out = append(out, data(m[0].seq, 0, appendDaemon(nil, d)))
			}
			return append(out, done(m[0].seq, 0))
		}
		if silent {
			return acknowledge(m[1:])
		}
		return [][]byte{result(m[0].seq, errno), result(m[1].seq, 0)}
	}}
}

func TestDaemonsAreListedMasterFirst(t *testing.T) {
	backup := Daemon{Role: Backup, Interface: "eth1"}
	c := dialFake(t, daemonKernel(false, 0, backup, testDaemon))
	if list, err := c.Daemons(); err != nil || len(list) != 2 || list[0] != testDaemon || list[1] != backup {
		t.Errorf("%+v, %v", list, err)
	}
}

func TestSilenceAboutADaemonIsSettledByTheList(t *testing.T) {
	for name, test := range map[string]struct {
		request func(*Client) error
		running []Daemon
		is      error
	}{
		"stopped before it ran":        {func(c *Client) error { return c.StopDaemon(Master) }, nil, nil},
		"stopped, and the other runs":  {func(c *Client) error { return c.StopDaemon(Backup) }, []Daemon{testDaemon}, nil},
		"not stopped":                  {func(c *Client) error { return c.StopDaemon(Master) }, []Daemon{testDaemon}, ErrNoAnswer},
		"started in spite of a signal": {func(c *Client) error { return c.StartDaemon(testDaemon) }, []Daemon{testDaemon}, nil},
		"not started":                  {func(c *Client) error { return c.StartDaemon(testDaemon) }, nil, ErrNoAnswer},
	} {
		if err := test.request(dialFake(t, daemonKernel(true, 0, test.running...))); !errors.Is(err, test.is) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestRefusalsOfDaemonsSayWhatToDo(t *testing.T) {
	for errno, want := range map[syscall.Errno]struct {
		is   error
		text string
	}{
		syscall.EEXIST:        {fs.ErrExist, "start master sync daemon: it runs already: stop it first"},
		syscall.ENODEV:        {syscall.ENODEV, `there is no interface "eth0"`},
		syscall.EINVAL:        {syscall.EINVAL, "no destination may be of another family"},
		syscall.ESRCH:         {ErrNoDaemon, "no such sync daemon"},
		syscall.EADDRNOTAVAIL: {syscall.EADDRNOTAVAIL, `interface "eth0" needs an address of the group's family`},
		syscall.EPERM:         {fs.ErrPermission, "CAP_NET_ADMIN"},
	} {
		err := dialFake(t, daemonKernel(false, errno)).StartDaemon(testDaemon)
		if !errors.Is(err, want.is) || !strings.Contains(err.Error(), want.text) {
			t.Errorf("%v: %v", errno, err)
		}
	}
}

func TestADaemonThatIsNotValidIsNotSent(t *testing.T) {
	f := daemonKernel(false, 0)
	c := dialFake(t, f)
	if start, stop := c.StartDaemon(Daemon{}), c.StopDaemon(0); start == nil || stop == nil || f.sent != nil {
		t.Errorf("%v, %v, and %d requests", start, stop, len(f.sent))
	}
}

func TestADaemonIsAskedForAgainWithTheNewFamily(t *testing.T) {
	f := daemonKernel(false, 0)
	f.families = []uint16{27, firstFamily}
	current := f.answer
	f.answer = func(m []message) [][]byte {
		if m[0].typ != firstFamily {
			return [][]byte{result(m[0].seq, syscall.ENOENT), result(m[1].seq, 0)}
		}
		return current(m)
	}
	if err := dialFake(t, f).StartDaemon(testDaemon); err != nil || len(f.sent) != 2 {
		t.Errorf("%v after %d requests", err, len(f.sent))
	}
}

func TestAnOldKernelTellsLessOfADaemon(t *testing.T) {
	b := openNest(nil, attrDaemon)
	b = appendUint32(b, daemonState, uint32(Backup))
	b = appendName(b, daemonInterface, "eth0")
	b = appendUint32(b, daemonSyncID, 300)
	b = appendAttr(b, 99, 1, 2, 3) // of a newer one
	closeNest(b, 0)
	want := Daemon{Role: Backup, Interface: "eth0", SyncID: 300}
	if d, err := decodeDaemon(b); err != nil || d != want {
		t.Errorf("%+v, %v", d, err)
	}
}

func TestRolesAreReadAndPrinted(t *testing.T) {
	for _, r := range []Role{Master, Backup} {
		if got, err := ParseRole(r.String()); err != nil || got != r {
			t.Errorf("%v: %v, %v", r, got, err)
		}
	}
	if _, err := ParseRole("slave"); err == nil || Role(3).String() != "role 3" {
		t.Error(err, Role(3))
	}
}

func randomDaemon(r *rand.Rand) Daemon {
	d := Daemon{Role: Role(1 + r.IntN(2)), Interface: "eth0.123456789a"[:1+r.IntN(15)], SyncID: r.IntN(256)}
	d.Port, d.TTL = uint16(r.Uint32()), uint8(r.Uint32())
	switch r.IntN(3) {
	case 0:
		d.Group = netip.AddrFrom4([4]byte{224 + byte(r.IntN(16)), 0, 0, byte(r.Uint32())})
	case 1:
		d.Group = netip.AddrFrom16([16]byte{0: 0xff, 15: byte(r.Uint32())})
	}
	if r.IntN(2) == 0 {
		d.MaxLen = 1024 + r.IntN(64000)
	}
	return d
}

func FuzzDaemonsComeBackAsTheyWereSent(f *testing.F) {
	for seed := range uint64(100) {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, seed uint64) {
		d := randomDaemon(rand.New(rand.NewPCG(seed, 0)))
		if err := d.Validate(); err != nil {
			t.Fatal(err)
		}
		if got, err := decodeDaemon(appendDaemon(nil, d)); err != nil || got != d {
			t.Errorf("sent %+v, got %+v, %v", d, got, err)
		}
	})
}

func FuzzDaemonNest(f *testing.F) {
	f.Add(appendDaemon(nil, testDaemon))
	f.Add(appendRole(nil, Backup))
	f.Fuzz(func(t *testing.T, b []byte) {
		if d, err := decodeDaemon(b[:len(b):len(b)]); err == nil && d.Role != Master && d.Role != Backup {
			t.Errorf("%+v", d)
		}
	})
}

func TestATruncatedDaemonIsAnError(t *testing.T) {
	b := appendDaemon(nil, testDaemon)
	for n := range len(b) {
		if d, err := decodeDaemon(b[:n:n]); err == nil {
			t.Errorf("%d bytes of %d gave %+v", n, len(b), d)
		}
	}
}
