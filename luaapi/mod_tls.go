package luaapi

import (
	"context"

	lua "github.com/yuin/gopher-lua"

	"luavs/luaapi/args"
	"luavs/luaapi/vm"
)

// tlsModule makes connections that speak TLS from their first byte.
type tlsModule struct {
	rt      *runtime
	sockets *sockets
	conns   class[*stream]
}

// newTLS returns the module tls.
func newTLS(rt *runtime, L *lua.LState, s *sockets) *lua.LTable {
	m := &tlsModule{rt: rt, sockets: s, conns: connectionClass()}
	return L.SetFuncs(L.NewTable(), map[string]lua.LGFunction{"connect": m.connect, "inspect": m.inspect})
}

// connect is tls.connect(addr [, options]).
func (m *tlsModule) connect(L *lua.LState) int {
	const what = "tls.connect"
	m.rt.running(L, what)
	f := args.Optional(L, 2, what)
	w := wayTo(argAddress(L, what), f)
	config := readTLS(f, w.addr)
	f.Raise()
	s := &stream{addr: w.addr}
	var err error
	vm.Wait(L, func(ctx context.Context) {
		if s.conn, s.close, err = m.sockets.dial(ctx, "tcp", w); err != nil {
			return
		}
		if err = s.startTLS(ctx, config, w.timeout); err != nil {
			s.close()
		}
	})
	if err != nil {
		return refuse(L, err)
	}
	L.Push(m.conns.object(L, s))
	return 1
}
