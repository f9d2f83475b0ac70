package ipvs

import (
	"errors"
	"io/fs"
	"net/netip"
	"os"
	"syscall"
	"testing"
)

func TestErrorsReadAsSentencesAndAnswerQuestions(t *testing.T) {
	foo, sip := testService, testService
	foo.Scheduler, sip.PE = "foo", "sip"
	d := Destination{Addr: netip.MustParseAddrPort("10.0.0.9:80")}
	for _, test := range []struct {
		err  error
		text string
		is   []error
		not  []error
	}{
		{refuse(Change{Op: AddService, Service: foo}, syscall.ENOENT),
			`add service tcp 10.0.0.1:80: scheduler "foo" is not known to this kernel (module ip_vs_foo)`,
			[]error{ErrNoScheduler, syscall.ENOENT}, []error{ErrNoDestination, ErrNoService}},
		{refuse(Change{Op: SetService, Service: sip}, syscall.ENOENT),
			`set service tcp 10.0.0.1:80: scheduler "rr" or persistence engine "sip" is not known to this kernel (modules ip_vs_rr, ip_vs_pe_sip)`,
			[]error{ErrNoScheduler}, nil},
		{refuse(Change{Op: SetDestination, Service: testService, Destination: d}, syscall.ENOENT),
			"set destination 10.0.0.9:80 of tcp 10.0.0.1:80: no such destination",
			[]error{ErrNoDestination, fs.ErrNotExist}, []error{ErrNoScheduler, ErrNoService}},
		{refuse(Change{Op: DelDestination, Service: testService, Destination: d}, syscall.ESRCH),
			"delete destination 10.0.0.9:80 from tcp 10.0.0.1:80: no such service",
			[]error{ErrNoService, fs.ErrNotExist, syscall.ESRCH}, []error{ErrNoDestination}},
		{refuse(Change{Op: AddDestination, Service: testService, Destination: d}, syscall.EEXIST),
			"add destination 10.0.0.9:80 to tcp 10.0.0.1:80: the destination exists already",
			[]error{fs.ErrExist}, []error{fs.ErrNotExist}},
		{refuse(Change{Op: AddService, Service: testService}, syscall.EEXIST),
			"add service tcp 10.0.0.1:80: the service exists already", []error{fs.ErrExist}, nil},
		{refuse(Change{Op: AddDestination, Service: testService, Destination: d}, syscall.EINVAL),
			"add destination 10.0.0.9:80 to tcp 10.0.0.1:80: the kernel takes no such destination: its address must be unicast, " +
				"the loopback interface up, and no sync daemon running if the family is not the service's", []error{syscall.EINVAL}, nil},
		{refuse(Change{Op: DelService, Service: Service{ServiceKey: MarkKey(7, INET6)}}, syscall.EPERM),
			"delete service fwmark 7 inet6: needs CAP_NET_ADMIN: run as root or give the binary CAP_NET_ADMIN, or use --dataplane memory",
			[]error{fs.ErrPermission}, nil},
		{refuseRequest("list services", syscall.EAFNOSUPPORT),
			"list services: the kernel does not have this address family (modprobe ipv6)", []error{syscall.EAFNOSUPPORT}, nil},
		{refuseRequest("list services", syscall.ENOMEM), "list services: cannot allocate memory", []error{syscall.ENOMEM}, nil},
		{unavailable("use IPVS"), "use IPVS: this kernel has no IPVS: modprobe ip_vs, or use --dataplane memory",
			[]error{ErrUnavailable}, []error{ErrNoService}},
		{unanswered("list services", os.ErrDeadlineExceeded), "list services: no usable answer from the kernel: i/o timeout",
			[]error{ErrNoAnswer, syscall.ETIMEDOUT}, nil},
	} {
		if test.err.Error() != test.text {
			t.Errorf("got  %v\nwant %v", test.err, test.text)
		}
		for _, target := range test.is {
			if !errors.Is(test.err, target) {
				t.Errorf("%v is not %v", test.err, target)
			}
		}
		for _, target := range test.not {
			if errors.Is(test.err, target) {
				t.Errorf("%v is %v", test.err, target)
			}
		}
	}
}
