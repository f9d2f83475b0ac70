package ipvs

import (
	"encoding/binary"
	"errors"
	"fmt"
	"syscall"
)

// Messages of netlink (struct nlmsghdr: length, type, flags, sequence, port)
// and of generic netlink (struct genlmsghdr: command, version, reserved).

const (
	messageHeader = 16
	genericHeader = 4
)

// openMessage begins a request of the family; closeMessage, given where it
// began, ends it.
func openMessage(b []byte, family, flags uint16, seq uint32, cmd uint8) []byte {
	b = appendHeader(b, family, flags, seq)
	return append(b, cmd, familyVersion, 0, 0)
}

func appendHeader(b []byte, typ, flags uint16, seq uint32) []byte {
	b = binary.NativeEndian.AppendUint32(b, messageHeader)
	b = binary.NativeEndian.AppendUint16(b, typ)
	b = binary.NativeEndian.AppendUint16(b, flags|flagRequest)
	b = binary.NativeEndian.AppendUint32(b, seq)
	return binary.NativeEndian.AppendUint32(b, 0)
}

func closeMessage(b []byte, start int) {
	binary.NativeEndian.PutUint32(b[start:], uint32(len(b)-start))
}

// appendSentinel appends an empty message that only the netlink core answers.
// Its answer comes after those of all messages before it, even if one of them
// has none.
func appendSentinel(b []byte, seq uint32) []byte {
	return appendHeader(b, typeNoop, flagAck, seq)
}

// A message is one that was received. Its body lies in the receive buffer.
type message struct {
	typ, flags uint16
	seq        uint32
	body       []byte
}

// nextMessage splits the first message from a datagram.
func nextMessage(b []byte) (m message, rest []byte, err error) {
	if len(b) < messageHeader {
		return message{}, nil, fmt.Errorf("%d bytes after the last message", len(b))
	}
	size := uint64(binary.NativeEndian.Uint32(b))
	if size < messageHeader || size > uint64(len(b)) {
		return message{}, nil, fmt.Errorf("message says %d bytes of %d", size, len(b))
	}
	m = message{
		typ:   binary.NativeEndian.Uint16(b[4:]),
		flags: binary.NativeEndian.Uint16(b[6:]),
		seq:   binary.NativeEndian.Uint32(b[8:]),
		body:  b[messageHeader:size],
	}
	return m, b[min(align(int(size)), len(b)):], nil
}

// ends says if no more messages with this number follow.
func (m message) ends() bool { return m.typ == typeError || m.typ == typeDone }

// errno returns the result in a message that ends an exchange; zero is success.
func (m message) errno() (syscall.Errno, error) {
	if m.typ == typeDone && len(m.body) == 0 {
		return 0, nil
	}
	if len(m.body) < 4 {
		return 0, errors.New("result of less than 4 bytes")
	}
	code := int32(binary.NativeEndian.Uint32(m.body))
	if code > 0 {
		return 0, fmt.Errorf("result %d is not an errno", code)
	}
	return syscall.Errno(-int64(code)), nil
}

// attributes returns the attributes of a message of the family.
func (m message) attributes(family uint16) ([]byte, error) {
	if m.typ != family {
		return nil, fmt.Errorf("message of type %d instead of %d", m.typ, family)
	}
	if len(m.body) < genericHeader {
		return nil, errors.New("message without a generic netlink header")
	}
	return m.body[genericHeader:], nil
}
