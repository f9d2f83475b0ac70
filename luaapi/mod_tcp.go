package luaapi

import (
	"context"
	"time"

	lua "github.com/yuin/gopher-lua"

	"luavs/luaapi/args"
	"luavs/luaapi/vm"
)

// maxBuffer is how many bytes are kept of what a server sends and nobody has
// taken.
const maxBuffer = 64 << 10

// tcpModule makes connections.
type tcpModule struct {
	rt      *runtime
	sockets *sockets
	conns   class[*stream]
}

// newTCP returns the module tcp.
func newTCP(rt *runtime, L *lua.LState, s *sockets) *lua.LTable {
	m := &tcpModule{rt: rt, sockets: s, conns: connectionClass()}
	return L.SetFuncs(L.CreateTable(0, 8), map[string]lua.LGFunction{"connect": m.connect})
}

// connectionClass is the class of connections.
func connectionClass() class[*stream] {
	return class[*stream]{
		name:  "connection",
		print: func(s *stream) string { return "connection to " + s.addr },
		methods: map[string]func(*lua.LState, *stream) int{
			"send":     luaSend,
			"receive":  luaReceive,
			"expect":   luaExpect,
			"starttls": luaStartTLS,
			"close":    luaClose,
		},
	}
}

func (m *tcpModule) connect(L *lua.LState) int {
	const what = "tcp.connect"
	m.rt.running(L, what)
	w := readWay(L, what)
	s := &stream{addr: w.addr}
	var err error
	vm.Wait(L, func(ctx context.Context) { s.conn, s.close, err = m.sockets.dial(ctx, "tcp", w) })
	if err != nil {
		return refuse(L, err)
	}
	L.Push(m.conns.object(L, s))
	return 1
}

// readTimeout reads argument n: an optional table with a timeout.
func readTimeout(L *lua.LState, n int, what string) time.Duration {
	if L.Get(n) == lua.LNil {
		return waitTimeout
	}
	f := args.Optional(L, n, what)
	timeout := f.Duration("timeout", waitTimeout, minTimeout)
	f.Raise()
	return timeout
}

func luaSend(L *lua.LState, s *stream) int {
	const what = "connection:send"
	data := argText(L, 2, what)
	timeout := readTimeout(L, 3, what)
	var err error
	s.use(L, what, func(ctx context.Context) { err = s.send(ctx, []byte(data), timeout) })
	if err != nil {
		return refuse(L, err)
	}
	L.Push(lua.LTrue)
	return 1
}

func luaReceive(L *lua.LState, s *stream) int {
	const what = "connection:receive"
	find := readAmount(L, what)
	return s.receive(L, what, find, maxBuffer, readTimeout(L, 3, what))
}

// readAmount reads how much to receive: a number of bytes, "line" or "all".
func readAmount(L *lua.LState, what string) finder {
	switch v := L.Get(2); v {
	case lua.LString("line"):
		return findLine
	case lua.LString("all"):
		return findEnd
	default:
		n, ok := args.Whole(v, 1, maxBuffer)
		if !ok {
			L.RaiseError(`%s: argument 1: want a number of bytes from 1 to %d, "line" or "all", got %s`, what, maxBuffer, args.Show(v))
		}
		return findBytes(n)
	}
}

func luaExpect(L *lua.LState, s *stream) int {
	const what = "connection:expect"
	text := argText(L, 2, what)
	if find, err := findText(text, false); err == nil && L.Get(3) == lua.LNil {
		return s.receive(L, what, find, maxBuffer, waitTimeout)
	}
	f := args.Optional(L, 3, what)
	timeout := f.Duration("timeout", waitTimeout, minTimeout)
	most := f.Int("max", maxBuffer, 1, maxBuffer)
	find, err := findText(text, f.Bool("re", false))
	if err != nil {
		f.Mistake("", "%v", err)
	}
	f.Raise()
	return s.receive(L, what, find, most, timeout)
}

func luaClose(L *lua.LState, s *stream) int {
	s.close()
	return 0
}

// receive takes what find finds and returns it to Lua.
func (s *stream) receive(L *lua.LState, what string, find finder, most int, timeout time.Duration) int {
	var data []byte
	var err error
	s.use(L, what, func(ctx context.Context) { data, err = s.take(ctx, find, most, timeout) })
	if err != nil {
		return refuse(L, err)
	}
	L.Push(lua.LString(data))
	return 1
}

// use waits for an operation. One connection does one thing at a time.
func (s *stream) use(L *lua.LState, what string, w func(ctx context.Context)) {
	if s.busy {
		L.RaiseError("%s: the connection is in use by another task", what)
	}
	s.busy = true
	defer func() { s.busy = false }()
	vm.Wait(L, w)
}
