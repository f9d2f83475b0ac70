//go:build kernel

package ipvstest

import (
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"sync"
	"syscall"
	"testing"
	"unsafe"

	"github.com/mdlayher/genetlink"
	"golang.org/x/net/bpf"
	"golang.org/x/sys/unix"

	"luavs/ipvs"
)

// A Moment is a table that the kernel had, and the request that led to it.
type Moment struct {
	Request string // in words; empty for the table that was there at first
	Table   ipvs.Table
}

// A Monitor knows every table that the kernel has had since it began, also those
// that stood between two requests of one datagram and for no longer than it took
// to read the second. It hears what anybody in the network namespace asks the
// kernel for (drivers/net/nlmon.c), and makes the same changes to a model.
type Monitor struct {
	t      testing.TB
	client *ipvs.Client
	fd     int // a packet socket
	family uint16

	mu      sync.Mutex // guards what follows
	model   *ipvs.Memory
	moments []Moment
}

// NewMonitor begins to listen in the network namespace of the calling thread,
// while nobody changes the table. When the test ends it looks whether it has
// missed something: whether the kernel holds what the model does.
func NewMonitor(t testing.TB) *Monitor {
	t.Helper()
	m := &Monitor{t: t, model: ipvs.NewMemory()}
	Command(t, "ip", "link", "add", "monitor", "type", "nlmon")
	t.Cleanup(func() { Command(t, "ip", "link", "del", "monitor") })
	Command(t, "ip", "link", "set", "monitor", "up")
	var err error
	if m.client, err = ipvs.Dial(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { m.client.Close() })
	if err := m.listen("monitor"); err != nil {
		t.Fatalf("listen to what the kernel is asked for: %v", err)
	}
	t.Cleanup(func() { unix.Close(m.fd) })
	m.begin()
	t.Cleanup(m.verify)
	return m
}

// listen opens the socket.
func (m *Monitor) listen(device string) error {
	generic, err := genetlink.Dial(nil)
	if err != nil {
		return err
	}
	defer generic.Close()
	family, err := generic.GetFamily("IPVS")
	if err != nil {
		return err
	}
	link, err := net.InterfaceByName(device)
	if err != nil {
		return err
	}
	if m.fd, err = unix.Socket(unix.AF_PACKET, unix.SOCK_RAW|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, 0); err != nil {
		return err
	}
	m.family = family.ID
	all := binary.BigEndian.AppendUint16(nil, unix.ETH_P_ALL)
	return errors.Join(
		unix.SetsockoptInt(m.fd, unix.SOL_SOCKET, unix.SO_RCVBUFFORCE, monitorMemory),
		m.requestsOnly(),
		unix.Bind(m.fd, &unix.SockaddrLinklayer{Protocol: binary.NativeEndian.Uint16(all), Ifindex: link.Index}),
	)
}

// monitorMemory is what the socket holds of requests that nobody has looked at.
const monitorMemory = 16 << 20

// requestsOnly keeps out of the socket what is not generic netlink, answers, and
// requests that only read.
func (m *Monitor) requestsOnly() error {
	flag := binary.NativeEndian.AppendUint16(nil, unix.NLM_F_REQUEST)
	program, err := bpf.Assemble([]bpf.Instruction{
		bpf.LoadExtension{Num: bpf.ExtProto},
		bpf.JumpIf{Cond: bpf.JumpNotEqual, Val: unix.NETLINK_GENERIC, SkipTrue: 6},
		bpf.LoadAbsolute{Off: 6, Size: 2}, // nlmsg_flags of the first message
		bpf.JumpIf{Cond: bpf.JumpBitsNotSet, Val: uint32(binary.BigEndian.Uint16(flag)), SkipTrue: 4},
		bpf.LoadAbsolute{Off: 16, Size: 1}, // cmd
		bpf.JumpIf{Cond: bpf.JumpEqual, Val: cmdGetService, SkipTrue: 2},
		bpf.JumpIf{Cond: bpf.JumpEqual, Val: cmdGetDestination, SkipTrue: 1},
		bpf.RetConstant{Val: monitorMemory},
		bpf.RetConstant{Val: 0},
	})
	if err != nil {
		return err
	}
	filter := make([]unix.SockFilter, len(program))
	for i, ins := range program {
		filter[i] = unix.SockFilter{Code: ins.Op, Jt: ins.Jt, Jf: ins.Jf, K: ins.K}
	}
	prog := unix.SockFprog{Len: uint16(len(filter)), Filter: unsafe.SliceData(filter)}
	return unix.SetsockoptSockFprog(m.fd, unix.SOL_SOCKET, unix.SO_ATTACH_FILTER, &prog)
}

// begin gives the model the table that is there.
func (m *Monitor) begin() {
	m.t.Helper()
	table, err := m.client.Table()
	if err != nil {
		m.t.Fatal(err)
	}
	var changes []ipvs.Change
	for _, e := range table {
		changes = append(changes, ipvs.Change{Op: ipvs.AddService, Service: e.Service})
		for _, d := range e.Destinations {
			changes = append(changes, ipvs.Change{Op: ipvs.AddDestination, Service: e.Service, Destination: d.Destination})
		}
	}
	if errs := m.model.Apply(changes); errs != nil {
		m.t.Fatal(errors.Join(errs...))
	}
	m.note("")
}

// Moments returns the tables in their order: the one that was there when the
// monitor began, and one for each request to change it since then, also for those
// that the kernel refused or that changed nothing.
func (m *Monitor) Moments() []Moment {
	m.t.Helper()
	m.mu.Lock()
	defer m.mu.Unlock()
	datagram := make([]byte, 1<<20)
	for {
		n, _, err := unix.Recvfrom(m.fd, datagram, 0)
		if errors.Is(err, unix.EINTR) {
			continue
		}
		if err == nil {
			err = m.hear(datagram[:n])
		}
		if errors.Is(err, unix.EAGAIN) {
			return m.moments[:len(m.moments):len(m.moments)]
		}
		if err != nil {
			m.t.Errorf("hear what the kernel is asked for: %v", err)
			return m.moments[:len(m.moments):len(m.moments)]
		}
	}
}

// hear takes in a datagram to the kernel.
func (m *Monitor) hear(datagram []byte) error {
	messages, err := syscall.ParseNetlinkMessage(datagram)
	if err != nil {
		return fmt.Errorf("a datagram of %d bytes: %w", len(datagram), err)
	}
	for _, msg := range messages {
		if msg.Header.Type != m.family || len(msg.Data) < genericHeader {
			continue
		}
		switch cmd := msg.Data[0]; {
		case cmd == cmdFlush:
			m.model.Flush()
			m.note("delete all services")
		case commands[cmd] != 0:
			c, err := decodeRequest(commands[cmd], msg.Data[genericHeader:])
			if err != nil {
				return fmt.Errorf("command %d: %w", cmd, err)
			}
			m.model.Apply([]ipvs.Change{c}) // what it refuses the kernel refuses
			m.note(c.String())
		}
	}
	return nil
}

func (m *Monitor) note(request string) {
	table, _ := m.model.Table() // of all services: it never fails
	m.moments = append(m.moments, Moment{request, table})
}

// verify compares the model with the kernel. Somebody may still be at work.
func (m *Monitor) verify() {
	m.t.Helper()
	var known, held string
	for range 10 {
		table, err := m.client.Table()
		if err != nil {
			m.t.Error(err)
			return
		}
		all := m.Moments()
		if known, held = all[len(all)-1].Table.String(), table.String(); known == held {
			break
		}
	}
	if known != held {
		m.t.Errorf("the monitor has missed something: it knows of\n%s\nthe kernel has\n%s", known, held)
	}
	stats, err := unix.GetsockoptTpacketStats(m.fd, unix.SOL_PACKET, unix.PACKET_STATISTICS)
	if err != nil || stats.Drops > 0 {
		m.t.Errorf("the monitor has missed datagrams: %+v, %v", stats, err)
	}
}
