package luaapi

import (
	"context"
	"fmt"
	"net"
	"sync"
	"time"

	lua "github.com/yuin/gopher-lua"

	"luavs/checks"
	"luavs/luaapi/args"
	"luavs/luaapi/vm"
)

// maxDatagram is the size of the largest datagram (RFC 768).
const maxDatagram = 64<<10 - 1

// A datagramSocket is a UDP socket that speaks to one server alone.
type datagramSocket struct {
	addr string
	conn net.Conn
	busy bool // guarded by the VM's baton

	// close may be called from anywhere, and again.
	close func()
}

// udpModule makes sockets.
type udpModule struct {
	rt      *runtime
	sockets *sockets
	class   class[*datagramSocket]
}

// newUDP returns the module udp.
func newUDP(rt *runtime, L *lua.LState, s *sockets) *lua.LTable {
	m := &udpModule{rt: rt, sockets: s}
	m.class = class[*datagramSocket]{
		name:  "socket",
		print: func(s *datagramSocket) string { return "socket to " + s.addr },
		methods: map[string]func(*lua.LState, *datagramSocket) int{
			"send":    luaSendDatagram,
			"receive": luaReceiveDatagram,
			"close": func(_ *lua.LState, s *datagramSocket) int {
				s.close()
				return 0
			},
		},
	}
	return L.SetFuncs(L.NewTable(), map[string]lua.LGFunction{"connect": m.connect})
}

func (m *udpModule) connect(L *lua.LState) int {
	const what = "udp.connect"
	m.rt.running(L, what)
	w := readWay(L, what)
	s := &datagramSocket{addr: w.addr}
	var err error
	vm.Wait(L, func(ctx context.Context) { s.conn, s.close, err = m.sockets.dial(ctx, "udp", w) })
	if err != nil {
		return refuse(L, err)
	}
	L.Push(m.class.object(L, s))
	return 1
}

func luaSendDatagram(L *lua.LState, s *datagramSocket) int {
	const what = "socket:send"
	data := []byte(argText(L, 2, what))
	if len(data) > maxDatagram {
		L.RaiseError("%s: %d bytes are no datagram; it has %d at most", what, len(data), maxDatagram)
	}
	timeout := readTimeout(L, 3, what)
	var err error
	s.use(L, what, func(ctx context.Context) {
		defer limit(ctx, s.conn, timeout)()
		_, err = s.conn.Write(data)
	})
	if err != nil {
		return refuse(L, netFailure(err, timeout))
	}
	L.Push(lua.LTrue)
	return 1
}

func luaReceiveDatagram(L *lua.LState, s *datagramSocket) int {
	const what = "socket:receive"
	f := args.Optional(L, 2, what)
	timeout := f.Duration("timeout", waitTimeout, minTimeout)
	most := f.Int("max", maxDatagram, 1, maxDatagram)
	f.Raise()
	var data string
	var err error
	s.use(L, what, func(ctx context.Context) { data, err = s.receive(ctx, most, timeout) })
	if err != nil {
		return refuse(L, err)
	}
	L.Push(lua.LString(data))
	return 1
}

// datagrams are buffers with room for one byte more than the largest datagram.
var datagrams = sync.Pool{New: func() any { return new([maxDatagram + 1]byte) }}

// receive waits for one datagram of at most most bytes.
func (s *datagramSocket) receive(ctx context.Context, most int, timeout time.Duration) (string, error) {
	reach(ctx, func() string { return "nothing came from " + s.addr })
	defer limit(ctx, s.conn, timeout)()
	buf := datagrams.Get().(*[maxDatagram + 1]byte)
	defer datagrams.Put(buf)
	n, err := s.conn.Read(buf[:most+1])
	switch {
	case err != nil:
		return "", netFailure(err, timeout)
	case n > most:
		return "", &failure{checks.Protocol, fmt.Sprintf("a datagram of more than %d bytes came, which is the limit", most)}
	}
	return string(buf[:n]), nil
}

// use waits for an operation. One socket does one thing at a time.
func (s *datagramSocket) use(L *lua.LState, what string, w func(ctx context.Context)) {
	if s.busy {
		L.RaiseError("%s: the socket is in use by another task", what)
	}
	s.busy = true
	defer func() { s.busy = false }()
	vm.Wait(L, w)
}
