package luaapi

import (
	"io"
	"net"
	"testing"
)

func TestReasonOfACheckThatIsLate(t *testing.T) {
	mute := listener(t, func(c net.Conn) {
		io.WriteString(c, "22")
		io.Copy(io.Discard, c)
	})
	silent := datagramServer(t, func([]byte) []byte { return nil })
	for _, c := range []struct{ addr, check, want string }{
		{mute, `check.nntp { timeout = "200ms" }`, "fail timeout: no answer within 200ms (connected to " + mute + ", 2 bytes came and were not enough)"},
		{mute, `check.lua { timeout = "200ms", function(rs) try(tcp.connect(rs.addr)):starttls { timeout = "1h" } end }`, "fail timeout: no answer within 200ms (connected to " + mute + ", no TLS handshake)"},
		{silent, `check.ntp { timeout = "200ms" }`, "fail timeout: no answer within 200ms (nothing came from " + silent + ")"},
		{mute, `check.lua { timeout = "200ms", function(rs) sleep("1h") end }`, "fail timeout: the check's function did not end in time"},
	} {
		expectVerdict(t, c.addr, c.check, c.want)
	}
}
