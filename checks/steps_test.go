package checks

import (
	"bytes"
	"io"
	"net"
	"regexp"
	"strings"
	"testing"
	"time"
)

// dialog returns a handler that plays a server: each word that begins with <
// is waited for, every other is said. At the end it holds the connection.
func dialog(lines ...string) func(*net.TCPConn) {
	return func(c *net.TCPConn) {
		for _, line := range lines {
			if heard, ok := strings.CutPrefix(line, "<"); ok {
				got := make([]byte, len(heard))
				if _, err := io.ReadFull(c, got); err != nil || string(got) != heard {
					reset(c)
					return
				}
				continue
			}
			io.WriteString(c, line)
		}
		hold(c)
	}
}

// stepsOf reads a tiny notation: >text is sent, ~text is a pattern, #text is
// bytes, any other text is expected.
func stepsOf(t testing.TB, texts ...string) (steps []Step) {
	t.Helper()
	for _, text := range texts {
		switch text[0] {
		case '>':
			steps = append(steps, Step{Send: []byte(text[1:])})
		case '~':
			steps = append(steps, Step{ExpectMatch: regexp.MustCompile(text[1:])})
		case '#':
			steps = append(steps, Step{ExpectHex: parseHex(t, text[1:])})
		default:
			steps = append(steps, Step{Expect: []byte(text)})
		}
	}
	return steps
}

func parseHex(t testing.TB, text string) Hex {
	t.Helper()
	h, err := ParseHex(text)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func TestConversations(t *testing.T) {
	smtp := []string{"220 ", ">EHLO luavs\r\n", `~250 .*\r\n`, ">QUIT\r\n", "221"}
	mail := dialog("220 mail\r\n", "<EHLO luavs\r\n", "250 hello\r\n", "<QUIT\r\n", "221 bye\r\n")
	tests := []struct {
		name   string
		steps  []string
		server func(*net.TCPConn)
		limit  time.Duration
		want   Result
	}{
		{"a session of mail", smtp, mail, long, passing("step 5 of 5 done")},
		{"two answers in one packet are two steps", []string{"one", "two"}, dialog("one two"), long, passing("step 2 of 2 done")},
		{"one answer does not do twice", []string{"one", "one"}, greets("one ", closes), long,
			fail(Body, `step 2: answer: "one" not found in 1 bytes, then the server closed`)},
		{"the order counts", []string{"two", "one"}, greets("one two", closes), long,
			fail(Body, `step 2: answer: "one" not found in 0 bytes, then the server closed`)},
		{"bytes", []string{"#00 ff"}, greets("x\x00\xff", hold), long, passing("answer as expected")},
		{"bytes that may be anything", []string{"#0a..4."}, greets("x\n\n\xee\x4f", hold), long, passing("answer as expected")},
		{"other bytes", []string{"#0a..4."}, greets("\x0a\x00\x50", closes), long,
			fail(Body, `answer: bytes 0a..4. not found in 3 bytes, then the server closed`)},
		{"a pattern that does not match", []string{"220", "~^ ok"}, greets("220 no", closes), long,
			fail(Body, `step 2: answer: no match of "^ ok" in 3 bytes, then the server closed`)},
		{"silence after the second step", []string{"220 ", ">x", "250"}, dialog("220 ", "<x"), short, fail(Timeout,
			"no answer within 400ms (connected, step 2 of 3 done, 0 bytes received, not what is expected)")},
		{"a reset after the first step", []string{"220 ", ">EHLO", "250"}, dialog("220 ", "<HELO"), long, fail(Refused,
			"connection reset by peer (connected, step 2 of 3 done, 0 bytes received, not what is expected)")},
		{"an endless second answer", []string{"220", "250"}, func(c *net.TCPConn) { io.WriteString(c, "220"); endless("x")(c) }, long,
			fail(Body, `step 2: answer: "250" not found in the first 65536 bytes`)},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			addr, check := serve(t, tt.server), TCP{Steps: stepsOf(t, tt.steps...)}
			leavesNothing(t, func() { expect(t, ask(t, check, addr, tt.limit), tt.want) })
		})
	}
}

// A server that trickles is given the whole time, and no more.
func TestATricklingServerIsGivenTheTimeout(t *testing.T) {
	addr := serve(t, func(c *net.TCPConn) {
		for c.SetNoDelay(true); ; awaitAcknowledged(t, c) {
			if _, err := io.WriteString(c, "x"); err != nil {
				return
			}
			c.SetReadDeadline(time.Now().Add(20 * time.Millisecond))
			if _, err := c.Read(make([]byte, 1)); err == io.EOF {
				return
			}
		}
	})
	res := ask(t, TCP{Steps: stepsOf(t, "220")}, addr, short)
	if res.Outcome != Fail || res.Cause != Timeout {
		t.Errorf("got %+v, want a timeout", res)
	}
}

func TestHexIsRead(t *testing.T) {
	for text, want := range map[string]string{
		"0d0a": "0d0a", "0D 0A": "0d0a", " 00ff.. ": "00ff..", ".f": ".f",
		"":  "no bytes: want hexadecimal digits such as 0d0a",
		"0": `"0": want two digits for each byte`, "00 f": `"f": want two digits for each byte`,
		"0x": `"0x" is no byte: want two of 0-9, a-f and . for any`,
	} {
		h, err := ParseHex(text)
		got := h.String()
		if err != nil {
			got = err.Error()
		}
		if got != want {
			t.Errorf("%q: got %s, want %s", text, got, want)
		}
	}
}

// Bytes of hexadecimal digits are found where they are, and dots make them be
// found no later.
func FuzzHex(f *testing.F) {
	f.Add("00ff", []byte("x\x00\xff"))
	f.Add("0.", []byte{1})
	f.Add(". .", []byte{})
	f.Fuzz(func(t *testing.T, text string, data []byte) {
		h, err := ParseHex(text)
		if err != nil {
			return
		}
		if again := parseHex(t, h.String()); again.String() != h.String() {
			t.Errorf("%q is read back as %q", h, again)
		}
		plain, whole := h.Bytes()
		if at := bytes.Index(data, plain); whole && (at < 0) != (h.end(data) < 0) || whole && at >= 0 && h.end(data) != at+len(plain) {
			t.Errorf("%q in %q ends at %d, its bytes begin at %d", h, data, h.end(data), at)
		}
		if looser := parseHex(t, "."+h.String()[1:]); h.end(data) >= 0 && (looser.end(data) < 0 || looser.end(data) > h.end(data)) {
			t.Errorf("%q in %q ends at %d, %q at %d", h, data, h.end(data), looser, looser.end(data))
		}
	})
}

func TestStepsAreInTheIdentity(t *testing.T) {
	check := TCP{Route: Route{Port: 25}, Steps: []Step{
		{Expect: []byte("220")}, {Send: []byte("QUIT\r\n"), ExpectMatch: regexp.MustCompile("221")}, {ExpectHex: parseHex(t, "00..")}}}
	want := `tcp port=25 step expect=220 step send="QUIT\r\n" expect_match=221 step expect_hex=00..`
	if got := check.String(); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}
