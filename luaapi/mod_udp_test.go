package luaapi

import (
	"net"
	"strings"
	"testing"
)

func TestUDP(t *testing.T) {
	parrot := datagramServer(t, func(b []byte) []byte { return b })
	mute := datagramServer(t, func([]byte) []byte { return nil })
	source := datagramServer(t, func(b []byte) []byte { return b[:min(len(b), 1)] })
	runScripts(t, func(b *bench) {
		for name, addr := range map[string]string{"parrot": parrot, "mute": mute, "source": source} {
			b.set(name, addr)
		}
	}, []scriptCase{
		{name: "a question and its answer", script: `local s = udp.connect(parrot) print(s:send("a\0b"), #s:receive()) s:close() s:close()`, want: "true\t3"},
		{name: "an empty datagram", script: `local s = udp.connect(parrot) s:send("") print(#s:receive())`, want: "0"},
		{name: "one datagram at a time", script: `local s = udp.connect(parrot) s:send("one") s:send("two") print(s:receive(), s:receive())`, want: "one\ttwo"},
		{name: "the largest datagram", script: `local s = udp.connect(parrot) print(s:send(("x"):rep(65507))) print(#s:receive())`, want: "true\n65507"},
		{name: "a datagram larger than there are", script: `udp.connect(parrot):send(("x"):rep(65536))`, err: "socket:send: 65536 bytes are no datagram; it has 65535 at most"},
		{name: "an answer of the size that is taken", script: `local s = udp.connect(parrot) s:send("abcd") print(s:receive { max = 4 })`, want: "abcd"},
		{name: "an answer that is too large", script: `local s = udp.connect(parrot) s:send("abcde") print(s:receive { max = 4 })`,
			want: "nil\ta datagram of more than 4 bytes came, which is the limit\tprotocol"},
		{name: "a server that is silent", script: `local s = udp.connect(mute) s:send("x") print(s:receive { timeout = "50ms" })`, want: "nil\tno answer within 50ms\ttimeout"},
		{name: "a closed port", script: `local s = udp.connect("127.0.0.1:1") s:send("x") print(s:receive())`, want: "nil\tconnection refused\trefused"},
		{name: "a source", script: `print(tostring(udp.connect(parrot, { source = "127.0.0.9" })):match("^socket to 127"))`, want: "socket to 127"},
		{name: "a source that is not ours", script: `print((select(3, udp.connect(parrot, { source = "192.0.2.1" }))))`, want: "local"},
		{name: "an interface that is not there", script: `print((select(3, udp.connect(parrot, { interface = "none0" }))))`, want: "local"},
		{name: "a mark", script: `local s = udp.connect(parrot, { mark = 7 }) s:send("x") print(s:receive())`, want: "x"},
		{name: "after close", script: `local s = udp.connect(parrot) s:close() print(s:send("x"))`, want: "nil\tthe connection is closed\tlocal"},
		{name: "an unknown option", script: `udp.connect(parrot):receive { maxx = 1 }`, err: `unknown field "maxx" (did you mean "max"?)`},
	})
}

// A socket speaks to its server alone: what comes from others is not seen.
func TestUDPSocketHearsItsServerAlone(t *testing.T) {
	stranger, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer stranger.Close()
	server, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	go func() {
		_, from, err := server.ReadFrom(make([]byte, 10))
		if err == nil {
			stranger.WriteTo([]byte("forged"), from)
			server.WriteTo([]byte("true"), from)
		}
	}()
	b := newBench(t)
	b.set("addr", server.LocalAddr().String())
	if got := b.must(t, `local s = udp.connect(addr) s:send("x") print(s:receive())`); got != "true" {
		t.Errorf("received %q", got)
	}
}

func TestSourceOfAConnection(t *testing.T) {
	addr := listener(t, func(c net.Conn) {
		from, _, _ := strings.Cut(c.RemoteAddr().String(), ":")
		c.Write([]byte(from))
	})
	b := newBench(t)
	b.set("addr", addr)
	if got := b.must(t, `print(tcp.connect(addr, { source = "127.0.0.9" }):receive("all"))`); got != "127.0.0.9" {
		t.Errorf("connected from %q", got)
	}
}

func TestBytesAndHash(t *testing.T) {
	runScripts(t, nil, []scriptCase{
		{name: "there and back", script: `print(bytes.unpack(">I2 s1 z c2 x2", bytes.pack(">I2 s1 z c2 x2", 258, "abc", "end", "xy")))`, want: "258\tabc\tend\txy\t15"},
		{name: "one value after the other", script: `local d = "\1\2\3" local a, i = bytes.unpack("B", d) local b, j = bytes.unpack("B", d, i) print(a, b, j, (bytes.unpack("", d, 4)))`, want: "1\t2\t3\t4"},
		{name: "too short", script: `print(bytes.unpack(">I4", "ab"))`, want: "nil\tbyte 1: 2 bytes are left, want 4\tprotocol"},
		{name: "hex", script: `print(bytes.hex("\0\255a"))`, want: "00ff61"},
		{name: "xor", script: `print(bytes.hex(bytes.xor("\1\2\3", "\1\0\255")))`, want: "0002fc"},
		{name: "digests (RFC 1321, A.5; FIPS 180)", script: `print(bytes.hex(hash.md5("abc"))) print(bytes.hex(hash.sha1("abc"))) print(bytes.hex(hash.sha256("abc")))`,
			want: "900150983cd24fb0d6963f7d28e17f72\na9993e364706816aba3e25717850c26c9cd0d89d\nba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
		{name: "HMAC (RFC 2202, 2)", script: `print(bytes.hex(hash.hmac("md5", "Jefe", "what do ya want for nothing?")))`, want: "750c783e6ab0b503eaa86e310a5db738"},
	})
}
