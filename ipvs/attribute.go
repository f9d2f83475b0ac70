package ipvs

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"iter"
)

// Appending and reading of netlink attributes (linux/netlink.h, struct nlattr):
// length and type in 16 bits each, the payload, and zeros up to four bytes.

const attrHeader = 4

func align(n int) int { return (n + 3) &^ 3 }

func appendAttr(b []byte, typ uint16, payload ...byte) []byte {
	b = binary.NativeEndian.AppendUint16(b, uint16(attrHeader+len(payload)))
	b = binary.NativeEndian.AppendUint16(b, typ)
	b = append(b, payload...)
	return append(b, 0, 0, 0)[:len(b)+align(len(payload))-len(payload)]
}

func appendUint16(b []byte, typ, v uint16) []byte {
	var payload [2]byte
	binary.NativeEndian.PutUint16(payload[:], v)
	return appendAttr(b, typ, payload[:]...)
}

func appendPort(b []byte, typ, v uint16) []byte {
	return appendAttr(b, typ, byte(v>>8), byte(v))
}

func appendUint32(b []byte, typ uint16, v uint32) []byte {
	var payload [4]byte
	binary.NativeEndian.PutUint32(payload[:], v)
	return appendAttr(b, typ, payload[:]...)
}

func appendName(b []byte, typ uint16, name string) []byte {
	var payload [maxName + 1]byte
	n := copy(payload[:maxName], name)
	return appendAttr(b, typ, payload[:n+1]...)
}

// openNest begins an attribute that holds attributes; closeNest, given where
// it began, ends it.
func openNest(b []byte, typ uint16) []byte {
	return appendAttr(b, typ|nested)
}

func closeNest(b []byte, start int) {
	binary.NativeEndian.PutUint16(b[start:], uint16(len(b)-start))
}

// An attribute is one that was read. Its payload lies in the message.
type attribute struct {
	typ     uint16
	payload []byte
}

// attributes reads b to its end. After a length that cannot be, it yields an
// error and stops.
func attributes(b []byte) iter.Seq2[attribute, error] {
	return func(yield func(attribute, error) bool) {
		for len(b) > 0 {
			if len(b) < attrHeader {
				yield(attribute{}, fmt.Errorf("%d bytes after the last attribute", len(b)))
				return
			}
			size := int(binary.NativeEndian.Uint16(b))
			typ := binary.NativeEndian.Uint16(b[2:]) &^ (nested | 0x4000) // NLA_F_NET_BYTEORDER
			if size < attrHeader || size > len(b) {
				yield(attribute{}, fmt.Errorf("attribute %d says %d bytes of %d", typ, size, len(b)))
				return
			}
			if !yield(attribute{typ, b[attrHeader:size]}, nil) {
				return
			}
			b = b[min(align(size), len(b)):]
		}
	}
}

// readAttributes hands each attribute to read, and returns the first error.
func readAttributes(b []byte, read func(attribute, *field)) error {
	var f field
	for a, err := range attributes(b) {
		if err != nil {
			return err
		}
		read(a, &f)
	}
	return f.err
}

// A field reads payloads and keeps the first that has a wrong length.
type field struct{ err error }

// sized says if a has n bytes.
func (f *field) sized(a attribute, n int) bool {
	if len(a.payload) != n && f.err == nil {
		f.err = fmt.Errorf("attribute %d has %d bytes instead of %d", a.typ, len(a.payload), n)
	}
	return len(a.payload) == n
}

func (f *field) uint8(a attribute) uint8 {
	if !f.sized(a, 1) {
		return 0
	}
	return a.payload[0]
}

func (f *field) uint16(a attribute) uint16 {
	if !f.sized(a, 2) {
		return 0
	}
	return binary.NativeEndian.Uint16(a.payload)
}

func (f *field) port(a attribute) uint16 {
	if !f.sized(a, 2) {
		return 0
	}
	return binary.BigEndian.Uint16(a.payload)
}

func (f *field) uint32(a attribute) uint32 {
	if !f.sized(a, 4) {
		return 0
	}
	return binary.NativeEndian.Uint32(a.payload)
}

// counter reads a number of 32 or 64 bits.
func (f *field) counter(a attribute) uint64 {
	if len(a.payload) == 4 {
		return uint64(f.uint32(a))
	}
	if !f.sized(a, 8) {
		return 0
	}
	return binary.NativeEndian.Uint64(a.payload)
}

// name reads a text that ends with its first NUL.
func (f *field) name(a attribute) string { return f.known(a, nil) }

// known is name, and needs no memory for one of the words.
func (f *field) known(a attribute, words []string) string {
	end := bytes.IndexByte(a.payload, 0)
	if end < 0 {
		if f.err == nil {
			f.err = fmt.Errorf("attribute %d has no end of text", a.typ)
		}
		return ""
	}
	for _, word := range words {
		if string(a.payload[:end]) == word {
			return word
		}
	}
	return string(a.payload[:end])
}
