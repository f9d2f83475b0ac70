package ipvs

import (
	"errors"
	"io/fs"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
)

var (
	testService = Service{ServiceKey: AddrKey(TCP, netip.MustParseAddrPort("10.0.0.1:80")), Scheduler: "rr"}
	otherKey    = AddrKey(TCP, netip.MustParseAddrPort("10.0.0.2:80"))
)

func testDestination(i int) Destination {
	return Destination{Addr: netip.AddrPortFrom(netip.AddrFrom4([4]byte{10, 1, byte(i >> 8), byte(i)}), 80), Weight: 1}
}

func adds(n int) []Change {
	changes := make([]Change, n)
	for i := range changes {
		changes[i] = Change{Op: AddDestination, Service: testService, Destination: testDestination(i)}
	}
	return changes
}

func TestDialSaysWhatToDo(t *testing.T) {
	refusing := func(errno syscall.Errno) *fakeKernel {
		return &fakeKernel{answer: func(m []message) [][]byte { return [][]byte{result(m[0].seq, errno)} }}
	}
	for name, test := range map[string]struct {
		kernel *fakeKernel
		is     error
		hint   string
	}{
		"a kernel without the module": {&fakeKernel{familyErr: syscall.ENOENT}, ErrUnavailable, "modprobe ip_vs"},
		"a user without the right":    {refusing(syscall.EPERM), fs.ErrPermission, "run as root or give the binary CAP_NET_ADMIN"},
		"a kernel that is silent":     {&fakeKernel{answer: func([]message) [][]byte { return nil }}, ErrNoAnswer, "i/o timeout"},
		"a socket that is broken":     {&fakeKernel{familyErr: syscall.EIO}, ErrNoAnswer, "input/output error"},
	} {
		_, err := newClient(test.kernel)
		if !errors.Is(err, test.is) || !strings.Contains(err.Error(), test.hint) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestADumpListsEachKeyOnce(t *testing.T) {
	second := appendService(nil, Service{ServiceKey: otherKey, Scheduler: "wrr"})
	f := &fakeKernel{answer: func(m []message) [][]byte {
		one := data(m[0].seq, 0, appendService(nil, testService))
		return [][]byte{append(data(m[0].seq, 0, second), one...), one, done(m[0].seq, 0)}
	}}
	services, err := dialFake(t, f).Services()
	if err != nil || len(services) != 2 || services[0].Service != testService {
		t.Errorf("%v, %v", services, err)
	}
	if f.sent[0][0].flags&flagDump != flagDump {
		t.Error("the request is no dump")
	}

	f.answer = func(m []message) [][]byte {
		one := data(m[0].seq, 0, appendDestination(nil, testDestination(1)))
		return [][]byte{data(m[0].seq, 0, appendDestination(nil, testDestination(2))), one, one, done(m[0].seq, 0)}
	}
	list, err := dialFake(t, f).Destinations(testService.ServiceKey)
	if err != nil || len(list) != 2 || list[0].Destination != testDestination(1) {
		t.Errorf("%v, %v", list, err)
	}
}

func TestAnInterruptedDumpIsReadAgain(t *testing.T) {
	attempts, stable := 0, 3
	f := &fakeKernel{answer: func(m []message) [][]byte {
		attempts++
		flags := uint16(0)
		if attempts < stable {
			flags = flagInterrupt
		}
		s := testService
		s.FWMark = uint32(stable - attempts) // one that is gone at the end
		return [][]byte{data(m[0].seq, flags, appendService(nil, s)), done(m[0].seq, 0)}
	}}
	c := dialFake(t, f)
	if services, err := c.Services(); err != nil || len(services) != 1 || attempts != stable {
		t.Errorf("%v, %v after %d attempts", services, err, attempts)
	}
	attempts, stable = 0, 1000
	if _, err := c.Services(); err == nil || attempts != dumpAttempts {
		t.Errorf("%v after %d attempts", err, attempts)
	}
}

func TestEmptyDestinationsAskIfTheServiceIsThere(t *testing.T) {
	errno := syscall.Errno(0)
	f := &fakeKernel{answer: func(m []message) [][]byte {
		if command(m[0]) == cmdGetDest {
			return [][]byte{done(m[0].seq, 0)}
		}
		if errno != 0 {
			return [][]byte{result(m[0].seq, errno)}
		}
		return [][]byte{data(m[0].seq, 0, appendService(nil, testService)), result(m[0].seq, 0)}
	}}
	c := dialFake(t, f)
	if list, err := c.Destinations(testService.ServiceKey); err != nil || len(list) != 0 {
		t.Errorf("%v, %v", list, err)
	}
	errno = syscall.ESRCH
	if _, err := c.Destinations(testService.ServiceKey); !errors.Is(err, ErrNoService) {
		t.Error(err)
	}
}

func TestAFailureAtTheEndOfADumpIsAnError(t *testing.T) {
	f := &fakeKernel{answer: func(m []message) [][]byte {
		return [][]byte{data(m[0].seq, 0, appendService(nil, testService)), done(m[0].seq, syscall.ENOMEM)}
	}}
	if _, err := dialFake(t, f).Services(); !errors.Is(err, syscall.ENOMEM) {
		t.Error(err)
	}
}

func TestGarbageIsAnErrorAndTheNextExchangeWorks(t *testing.T) {
	good := appendService(nil, testService)
	for name, garble := range map[string]func(seq uint32) []byte{
		"a truncated header":         func(seq uint32) []byte { return data(seq, 0, good)[:7] },
		"a truncated message":        func(seq uint32) []byte { return data(seq, 0, good)[:40] },
		"a length of zero":           func(uint32) []byte { return make([]byte, 32) },
		"a message of other family":  func(seq uint32) []byte { return appendHeader(nil, 99, 0, seq) },
		"no generic header":          func(seq uint32) []byte { return appendHeader(nil, firstFamily, 0, seq) },
		"no service":                 func(seq uint32) []byte { return data(seq, 0, nil) },
		"an attribute that is long":  func(seq uint32) []byte { return data(seq, 0, []byte{99, 0, 1, 0}) },
		"an empty service":           func(seq uint32) []byte { return data(seq, 0, []byte{4, 0, 1, 0}) },
		"a result of two bytes":      func(seq uint32) []byte { return data(seq, 0, good)[:16] },
		"a result that is no errno":  func(seq uint32) []byte { return done(seq, ^syscall.Errno(0)) },
		"a service of another name":  func(seq uint32) []byte { return data(seq, 0, appendKeyNest(nil, otherKey)) },
		"another kind of data":       func(seq uint32) []byte { return data(seq, 0, appendDestination(nil, testDestination(1))) },
		"half a service in a list":   func(seq uint32) []byte { return data(seq, 0, good[:len(good)-4]) },
		"an address of three bytes":  func(seq uint32) []byte { return data(seq, 0, shortAddress()) },
		"a service of family 3":      func(seq uint32) []byte { return data(seq, 0, appendKeyNest(nil, ServiceKey{Family: 3, FWMark: 1})) },
		"an error without an errno":  func(seq uint32) []byte { return appendHeader(nil, typeError, 0, seq) },
		"a datagram of one byte":     func(uint32) []byte { return []byte{1} },
		"an answer of 64 KB of ones": func(uint32) []byte { return slices.Repeat([]byte{1}, 1<<16) },
	} {
		broken := true
		f := &fakeKernel{answer: func(m []message) [][]byte {
			if broken {
				return [][]byte{garble(m[0].seq), result(m[0].seq, 0)}
			}
			return [][]byte{data(m[0].seq, 0, good), result(m[0].seq, 0)}
		}}
		c := dialFake(t, f)
		if e, err := c.Service(testService.ServiceKey); !errors.Is(err, ErrNoAnswer) {
			t.Errorf("%s: %v, %v", name, e, err)
		}
		broken = false
		if _, err := c.Service(testService.ServiceKey); err != nil {
			t.Errorf("after %s: %v", name, err)
		}
	}
}

func TestABrokenDumpIsReadToItsEnd(t *testing.T) {
	f := &fakeKernel{answer: func(m []message) [][]byte {
		return [][]byte{data(m[0].seq, 0, nil), data(m[0].seq, 0, nil)[:18], done(m[0].seq, 0)}
	}}
	if list, err := dialFake(t, f).Services(); !errors.Is(err, ErrNoAnswer) || len(f.queue) > 0 {
		t.Errorf("%v, %v, and %d datagrams were left", list, err, len(f.queue))
	}
}

func shortAddress() []byte {
	b := openNest(nil, attrService)
	b = appendUint16(b, svcAF, uint16(INET))
	b = appendAttr(b, svcAddr, 10, 0, 0)
	closeNest(b, 0)
	return b
}

func TestAModuleLoadedAnewIsFoundAgain(t *testing.T) {
	f := &fakeKernel{families: []uint16{27, firstFamily}, answer: func(m []message) [][]byte {
		if m[0].typ != firstFamily {
			return [][]byte{result(m[0].seq, syscall.ENOENT)}
		}
		return [][]byte{data(m[0].seq, 0, appendService(nil, testService)), result(m[0].seq, 0)}
	}}
	c := dialFake(t, f)
	if e, err := c.Service(testService.ServiceKey); err != nil || e.Service != testService {
		t.Errorf("%v, %v", e, err)
	}
	f.answer = func(m []message) [][]byte { return [][]byte{result(m[0].seq, syscall.ENOENT)} }
	f.familyErr = syscall.ENOENT
	if _, err := c.Services(); !errors.Is(err, ErrUnavailable) {
		t.Error(err)
	}
}

func TestGoroutinesShareAClient(t *testing.T) {
	c := dialFake(t, &fakeKernel{answer: func(m []message) [][]byte {
		if command(m[0]) != cmdGetService {
			return acknowledge(m)
		}
		return [][]byte{data(m[0].seq, 0, appendService(nil, testService)), result(m[0].seq, 0)}
	}})
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			if errs := c.Apply(adds(3)); errs != nil {
				t.Error(errs)
			}
			if _, err := c.Service(testService.ServiceKey); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
}

func TestKeysAreCheckedBeforeTheKernelIsAsked(t *testing.T) {
	f := &fakeKernel{answer: acknowledge}
	c := dialFake(t, f)
	_, service := c.Service(ServiceKey{})
	_, destinations := c.Destinations(ServiceKey{Family: INET})
	_, table := c.Table(ServiceKey{Family: INET})
	for _, err := range []error{service, destinations, table, c.Zero(ServiceKey{Family: INET6})} {
		var refusal *Error
		if !errors.As(err, &refusal) {
			t.Error(err)
		}
	}
	if f.sent != nil {
		t.Error("asked")
	}
}
