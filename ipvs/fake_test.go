package ipvs

import (
	"encoding/binary"
	"os"
	"syscall"
	"testing"
)

// A fakeKernel is a transport of bytes: answer gets the messages of each
// datagram that is sent and returns the datagrams to receive. When they are
// used up the deadline passes at once.
type fakeKernel struct {
	families   []uint16 // what family returns, one after the other; the last stays
	familyErr  error
	answer     func(requests []message) [][]byte
	receiveErr error // instead of the next datagram, once
	queue      [][]byte
	sent       [][]message
	sendErr    error
}

const firstFamily = 28

func (f *fakeKernel) family() (uint16, error) {
	if f.familyErr != nil {
		return 0, f.familyErr
	}
	id := uint16(firstFamily)
	if len(f.families) > 0 {
		id = f.families[0]
	}
	if len(f.families) > 1 {
		f.families = f.families[1:]
	}
	return id, nil
}

func (f *fakeKernel) send(datagram []byte) error {
	if f.sendErr != nil {
		return f.sendErr
	}
	var requests []message
	for rest := append([]byte(nil), datagram...); len(rest) > 0; {
		m, next, err := nextMessage(rest)
		if err != nil {
			panic("the client sent " + err.Error())
		}
		requests, rest = append(requests, m), next
	}
	f.sent = append(f.sent, requests)
	f.queue = append(f.queue, f.answer(requests)...)
	return nil
}

func (f *fakeKernel) receive(wait bool) ([]byte, error) {
	if err := f.receiveErr; err != nil {
		f.receiveErr = nil
		return nil, err
	}
	if len(f.queue) == 0 && !wait {
		return nil, nil
	}
	if len(f.queue) == 0 {
		return nil, os.ErrDeadlineExceeded
	}
	datagram := f.queue[0]
	f.queue = f.queue[1:]
	return datagram, nil
}

// dialFake returns a client of the kernel, which has answered the greeting.
func dialFake(t testing.TB, f *fakeKernel) *Client {
	t.Helper()
	answer := f.answer
	f.answer = acknowledge
	c, err := newClient(f)
	if err != nil {
		t.Fatal(err)
	}
	f.answer, f.sent = answer, nil
	return c
}

// acknowledge answers as the kernel does if all succeeds: what asked for an
// acknowledgement gets one.
func acknowledge(requests []message) [][]byte {
	var out [][]byte
	for _, m := range requests {
		if m.flags&flagAck != 0 {
			out = append(out, result(m.seq, 0))
		}
	}
	return out
}

// result is the answer to a request: an errno, or zero.
func result(seq uint32, errno syscall.Errno) []byte {
	return ending(typeError, seq, errno)
}

// done is the end of a dump.
func done(seq uint32, errno syscall.Errno) []byte { return ending(typeDone, seq, errno) }

func ending(typ uint16, seq uint32, errno syscall.Errno) []byte {
	b := appendHeader(nil, typ, 0, seq)
	b = binary.NativeEndian.AppendUint32(b, uint32(-int32(errno)))
	closeMessage(b, 0)
	return b
}

// data is an answer with attributes.
func data(seq uint32, flags uint16, attrs []byte) []byte {
	b := append(openMessage(nil, firstFamily, flags, seq, cmdNewService), attrs...)
	closeMessage(b, 0)
	return b
}

func command(m message) uint8 { return m.body[0] }
