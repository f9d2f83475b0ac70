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
		{mute, `check.nntp { timeout = "1s" }`, "fail timeout: no answer within 1s (connected to " + mute + ", 2 bytes came and were not enough)"},
		{mute, `check.lua { timeout = "1s", function(rs) try(tcp.connect(rs.addr)):starttls { timeout = "1h" } end }`, "fail timeout: no answer within 1s (connected to " + mute + ", no TLS handshake)"},
		{silent, `check.ntp { timeout = "1s" }`, "fail timeout: no answer within 1s (nothing came from " + silent + ")"},
		{mute, `check.lua { timeout = "1s", function(rs) sleep("1h") end }`, "fail timeout: the check's function did not end in time"},
	} {
		t.Run(c.check, func(t *testing.T) {
			t.Parallel()
			expectVerdict(t, c.addr, c.check, c.want)
		})
	}
}
