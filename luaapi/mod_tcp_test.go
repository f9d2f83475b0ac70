package luaapi

import (
	"context"
	"errors"
	"io"
	"net"
	"os"
	"strings"
	"testing"

	"luavs/luaapi/vm"
)

// listener starts a server that handles each connection and closes it.
func listener(t *testing.T, handle func(net.Conn)) string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer conn.Close()
				handle(conn)
			}()
		}
	}()
	return l.Addr().String()
}

// says starts a server that says something and closes the connection.
func says(t *testing.T, text string) string {
	return listener(t, func(c net.Conn) { io.WriteString(c, text) })
}

func TestTCP(t *testing.T) {
	parrot := listener(t, func(c net.Conn) { io.Copy(c, c) })
	mail := listener(t, func(c net.Conn) {
		io.WriteString(c, "220-mail\r\n220 ready\r\n")
		buf := make([]byte, 6)
		io.ReadFull(c, buf)
		if string(buf) == "QUIT\r\n" {
			io.WriteString(c, "221 bye\r\n")
		}
	})
	mute := listener(t, func(c net.Conn) { io.Copy(io.Discard, c) })
	reset := listener(t, func(c net.Conn) {
		c.Read(make([]byte, 1))
		c.(*net.TCPConn).SetLinger(0)
	})
	lines, endless := says(t, "one\r\ntwo\nthree"), listener(t, func(c net.Conn) {
		for {
			if _, err := io.WriteString(c, strings.Repeat("x", 1000)); err != nil {
				return
			}
		}
	})
	runScripts(t, func(b *bench) {
		for name, addr := range map[string]string{"parrot": parrot, "mail": mail, "mute": mute, "reset": reset, "lines": lines, "endless": endless} {
			b.set(name, addr)
		}
	}, []scriptCase{
		{name: "a dialogue", script: `
			local c = assert(tcp.connect(mail))
			print(c:receive("line"), c:receive("line"))
			print(c:send("QUIT\r\n"), c:receive("line"), c:receive("line"))
			c:close()
			c:close()`,
			want: "220-mail\t220 ready\ntrue\t221 bye\tnil\tthe server closed the connection; 0 bytes came\tprotocol"},
		{name: "lines, and what is left", script: `local c = tcp.connect(lines) print(c:receive("line"), c:receive("line")) print(c:receive("line")) print(c:receive("all"))`,
			want: "one\ttwo\nnil\tthe server closed the connection; 5 bytes came\tprotocol\nthree"},
		{name: "a number of bytes", script: `local c = tcp.connect(lines) print(c:receive(2), c:receive(1), #c:receive("all"))`, want: "on\te\t11"},
		{name: "all of nothing", script: `local c = tcp.connect(lines) c:receive("all") print(#c:receive("all"))`, want: "0"},
		{name: "what is sent comes back", script: `local c = tcp.connect(parrot) c:send("a\0b") print(#c:receive(3))`, want: "3"},
		{name: "expect a text", script: `local c = tcp.connect(mail) print((c:expect("ready"))) print((c:receive(2)) == "\r\n")`, want: "220-mail\r\n220 ready\ntrue"},
		{name: "a text is no pattern", script: `local c = tcp.connect(parrot) c:send("a.c abc a.") print(c:expect("a."), c:expect("a."))`, want: "a.\tc abc a."},
		{name: "expect a regular expression", script: `local c = tcp.connect(mail) print((c:expect("(?m)^220 .*\n", { re = true })))`, want: "220-mail\r\n220 ready\r\n"},
		{name: "a wrong regular expression", script: `tcp.connect(mail):expect("(", { re = true })`, err: "connection:expect: error parsing regexp"},
		{name: "nothing expected", script: `tcp.connect(mail):expect("")`, err: "want a text to wait for, got an empty one"},
		{name: "an expectation that fails keeps what came", script: `local c = tcp.connect(lines) print(c:expect("four")) print(c:receive("line"))`,
			want: "nil\tthe server closed the connection; 14 bytes came\tprotocol\none"},
		{name: "a text that comes too late", script: `local c = tcp.connect(lines) print(c:expect("three", { max = 8 }))`, want: "nil\t8 bytes came without it, which is the limit\tprotocol"},
		{name: "no line in all the buffer", script: `print(tcp.connect(endless):receive("line"))`, want: "nil\t65536 bytes came without it, which is the limit\tprotocol"},
		{name: "no end in all the buffer", script: `print(tcp.connect(endless):receive("all"))`, want: "nil\t65536 bytes came without it, which is the limit\tprotocol"},
		{name: "as much as the buffer holds", script: `print(#tcp.connect(endless):receive(65536))`, want: "65536"},
		{name: "a server that is silent", script: `local c = tcp.connect(mute) print(c:receive("line", { timeout = "50ms" })) print(c:expect("x", { timeout = 0.05 }))`,
			want: "nil\tno answer within 50ms; 0 bytes came\ttimeout\nnil\tno answer within 50ms; 0 bytes came\ttimeout"},
		{name: "after a timeout the connection is good", script: `local c = tcp.connect(parrot) c:receive(1, { timeout = "20ms" }) c:send("x") print(c:receive(1))`, want: "x"},
		{name: "a reset", script: `local c = tcp.connect(reset) c:send("x") print((select(2, c:receive(1))):match("connection reset"))`, want: "connection reset"},
		{name: "a closed port", script: `print((select(2, tcp.connect("127.0.0.1:1"))):match("connection refused"))`, want: "connection refused"},
		{name: "after close", script: `local c = tcp.connect(parrot) c:close() print(c:send("x")) print(c:receive(1))`, want: "nil\tthe connection is closed\tlocal\nnil\tthe connection is closed\tlocal"},
		{name: "an amount that is none", script: `tcp.connect(parrot):receive(0)`, err: `connection:receive: argument 1: want a number of bytes from 1 to 65536, "line" or "all", got 0`},
		{name: "an unknown method", script: `tcp.connect(parrot):recieve(1)`, err: `a connection has no field "recieve" (did you mean "receive"?)`},
		{name: "a field", script: `tcp.connect(parrot).x = 1`, err: `a connection has no field "x" to write`},
	})
}

// A send that nobody reads ends at its timeout.
func TestTCPSendThatNobodyReads(t *testing.T) {
	release := make(chan struct{})
	b := newBench(t)
	b.set("deaf", listener(t, func(net.Conn) { <-release }))
	got := b.must(t, `
		local c, text = tcp.connect(deaf), ("x"):rep(1e6)
		for i = 1, 100 do
			local ok, why = c:send(text, { timeout = "50ms" })
			if not ok then print(why) break end
		end`)
	close(release)
	if want := "no answer within 50ms"; got != want {
		t.Errorf("printed %q, want %q", got, want)
	}
}

// ends reports the end of each connection to a server.
func ends(t *testing.T) (addr string, ended <-chan struct{}) {
	done := make(chan struct{}, 10)
	addr = listener(t, func(c net.Conn) {
		io.Copy(io.Discard, c)
		c.Close()
		done <- struct{}{}
	})
	return addr, done
}

func TestConnectionsEndWithTheirTask(t *testing.T) {
	addr, ended := ends(t)
	b := newBench(t)
	b.set("addr", addr)
	b.must(t, `kept = tcp.connect(addr)`)
	<-ended
	if got := b.must(t, `print(kept:send("x"))`); got != "nil\tthe connection is closed\tlocal" {
		t.Errorf("printed %q", got)
	}
}

func TestConnectionsEndWithTheVM(t *testing.T) {
	addr, ended := ends(t)
	b := newBench(t)
	b.set("addr", addr)
	begun := make(chan struct{})
	b.rt.vm.State().SetGlobal("pause", pause(b.rt.vm.State(), begun, nil))
	done := make(chan error, 1)
	go func() {
		_, err := b.run(t, context.Background(), `local c = tcp.connect(addr) pause()`)
		done <- err
	}()
	<-begun
	if err := b.rt.vm.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	<-ended
	if err := <-done; !errors.Is(err, vm.ErrClosed) {
		t.Errorf("error %v, want ErrClosed", err)
	}
}

// openFiles counts the file descriptors of the test.
func openFiles(t *testing.T) int {
	entries, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	return len(entries)
}

// A task that opens and closes connections one after the other keeps none.
func TestClosedConnectionsAreForgotten(t *testing.T) {
	addr, ended := ends(t)
	b := newBench(t)
	b.set("addr", addr)
	b.must(t, `tcp.connect(addr):close()`)
	<-ended
	begun, goOn := make(chan struct{}), make(chan struct{})
	b.rt.vm.State().SetGlobal("pause", pause(b.rt.vm.State(), begun, goOn))
	before := openFiles(t)
	done := make(chan error, 1)
	go func() {
		_, err := b.run(t, context.Background(), `for i = 1, 50 do assert(tcp.connect(addr)):close() end pause()`)
		done <- err
	}()
	for range 50 {
		<-ended
	}
	<-begun
	if after := openFiles(t); after > before {
		t.Errorf("%d files are open, %d before", after, before)
	}
	close(goOn)
	if err := <-done; err != nil {
		t.Error(err)
	}
}

func TestAConnectionServesOneTaskAtATime(t *testing.T) {
	begun := make(chan struct{})
	b := newBench(t)
	b.set("addr", listener(t, func(c net.Conn) {
		io.ReadFull(c, make([]byte, 1))
		close(begun)
		io.Copy(io.Discard, c)
	}))
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() {
		_, err := b.run(t, ctx, `conn = tcp.connect(addr) conn:send("x") conn:receive(1, { timeout = "1h" })`)
		done <- err
	}()
	<-begun
	_, err := b.run(t, t.Context(), `conn:receive(1)`)
	if want := "the connection is in use by another task"; err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("error %v, want one with %s", err, want)
	}
	cancel()
	if err := <-done; !errors.Is(err, vm.ErrCanceled) {
		t.Errorf("error %v, want ErrCanceled", err)
	}
}

func TestOpenConnectionsAreBounded(t *testing.T) {
	b := newBench(t)
	L := b.rt.vm.State()
	m := &tcpModule{rt: b.rt, sockets: &sockets{&slots{field: "sockets", of: "connections and requests"}}}
	L.SetGlobal("connect", L.NewFunction(m.connect))
	if got := b.must(t, `print(connect("127.0.0.1:1"))`); got != "nil\tthis policy has 0 connections and requests, which is the limit (limits { sockets = ... } sets another)\tlocal" {
		t.Errorf("printed %q", got)
	}
}
