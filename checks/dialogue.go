package checks

import (
	"errors"
	"io"
	"net/netip"
	"sync"
)

// A dialogue is what one run says over its connection and what it makes of what
// it hears. It never waits: whoever has the connection (the [Poller], or a
// goroutine where there is TLS in between) gives it what has come, in pieces of
// any size. Its errors are faults, and the judgement is its own alone.
type dialogue interface {
	// way says whom to ask and how to get there.
	way() *Route

	// say appends what is to be sent to buf. It is asked first, and again until
	// all of that is sent; to is the address that is asked.
	say(buf []byte, to netip.AddrPort) []byte

	// sent is told that all is sent that was to be said.
	sent() (turn, error)

	// hear takes in what has come; data is the caller's after the call.
	hear(data []byte) (turn, error)

	// ended is told that the server said no more. If it broke off, what came is
	// not known to be whole. Nil is a pass.
	ended(brokeOff bool) error

	// progress appends how far the dialogue has come, step by step.
	progress(list []string) []string

	// passed is the last of the steps of a run that came to a good end.
	passed() string

	// free gives up what the dialogue holds. It is not used afterwards.
	free()
}

// A turn is what comes next in a dialogue.
type turn uint8

// The turns.
const (
	listen turn = iota
	speak
	over // the run has passed, if there is no error
)

// A polled check is one that a [Poller] may run.
type polled interface {
	Check

	// dialogue begins a run. It is nil if the check needs more than a bare
	// connection.
	dialogue() dialogue
}

// keptBuffer is the largest buffer that a dialogue leaves to the next.
const keptBuffer = 16 << 10

// hearSize is how much is read at once.
const hearSize = 64 << 10

var hearBuffers = sync.Pool{New: func() any { return new([hearSize]byte) }}

// hold leads a dialogue to its end over a connection on which one may wait.
func (r *run) hold(conn io.ReadWriter, d dialogue, to netip.AddrPort) error {
	defer func() { r.steps = d.progress(r.steps) }()
	buf := hearBuffers.Get().(*[hearSize]byte)
	defer hearBuffers.Put(buf)
	for next := speak; ; {
		var err error
		switch next {
		case over:
			return nil
		case speak:
			next, err = r.speak(conn, d, to)
		case listen:
			next, err = r.listen(conn, d, buf[:])
		}
		if err != nil {
			return err
		}
	}
}

func (r *run) speak(conn io.Writer, d dialogue, to netip.AddrPort) (turn, error) {
	if text := d.say(nil, to); len(text) > 0 {
		if _, err := conn.Write(text); err != nil {
			return over, asProtocol("send", err)
		}
	}
	return d.sent()
}

func (r *run) listen(conn io.Reader, d dialogue, buf []byte) (turn, error) {
	n, err := conn.Read(buf)
	if n > 0 {
		return d.hear(buf[:n])
	}
	switch {
	case isEOF(err):
		return over, d.ended(!errors.Is(err, io.EOF))
	case err != nil:
		return over, asProtocol("answer", err)
	}
	return listen, nil
}

// connectedStep is the one step of reasons that comes before any dialogue.
const connectedStep = "connected"

// bare is the dialogue of a check that wants a connection and no more.
type bare struct{ Route }

var bares = sync.Pool{New: func() any { return new(bare) }}

// touch begins one.
func touch(r Route) *bare {
	d := bares.Get().(*bare)
	d.Route = r
	return d
}

func (d *bare) way() *Route                             { return &d.Route }
func (d *bare) say(buf []byte, _ netip.AddrPort) []byte { return buf }
func (d *bare) sent() (turn, error)                     { return over, nil }
func (d *bare) hear([]byte) (turn, error)               { return over, nil }
func (d *bare) ended(bool) error                        { return nil }
func (d *bare) progress(list []string) []string         { return list }
func (d *bare) passed() string                          { return connectedStep }
func (d *bare) free()                                   { bares.Put(d) }
