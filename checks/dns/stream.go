package dns

import (
	"encoding/binary"
	"fmt"
	"io"
)

// Send writes a message to a stream, where it goes behind its length (RFC 1035,
// 4.2.2).
func Send(w io.Writer, wire []byte) error {
	_, err := w.Write(append(binary.BigEndian.AppendUint16(nil, uint16(len(wire))), wire...))
	return err
}

// A CutError is of a message whose stream ended, or was silent, before its end.
type CutError struct {
	Got, Size int // bytes
	Err       error
}

// Error says how much there is of the message, and what ended it.
func (e *CutError) Error() string {
	return fmt.Sprintf("%d of %d bytes received: %v", e.Got, e.Size, e.Err)
}

// Unwrap returns what ended the message.
func (e *CutError) Unwrap() error { return e.Err }

// Receive reads one message from a stream. Once its length is known the error
// is a [CutError].
func Receive(r io.Reader) ([]byte, error) {
	var length [2]byte
	if _, err := io.ReadFull(r, length[:]); err != nil {
		return nil, err
	}
	data := make([]byte, binary.BigEndian.Uint16(length[:]))
	if n, err := io.ReadFull(r, data); err != nil {
		return nil, &CutError{n, len(data), err}
	}
	return data, nil
}
