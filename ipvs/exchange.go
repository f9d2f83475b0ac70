package ipvs

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"syscall"
)

// errInterrupted is a dump during which the kernel saw the table change.
var errInterrupted = errors.New("the table changed while it was read")

// dumpAttempts is how often an interrupted dump is read again.
const dumpAttempts = 5

// exchange sends the request and hands each the messages numbered from first
// to last that answer it, until the end of the last. It returns the first
// error, but reads on after a message it does not understand, because the
// kernel refuses a dump while another one is not read to its end.
func (c *Client) exchange(request []byte, first, last uint32, each func(message) error) error {
	if err := c.transport.send(request); err != nil {
		return err
	}
	var broken error
	for {
		datagram, err := c.transport.receive(c.buffer)
		if err != nil {
			return cmp.Or(broken, err)
		}
		for len(datagram) > 0 {
			var m message
			if m, datagram, err = nextMessage(datagram); err != nil {
				broken = cmp.Or(broken, err)
				break
			}
			if m.seq-first > last-first {
				continue // late, of an exchange that was given up
			}
			broken = cmp.Or(broken, each(m))
			if m.seq == last && m.ends() {
				return broken
			}
		}
	}
}

// call makes one request and hands the attributes of each answer to each. When
// the module was loaded anew, IPVS has a new number; then it asks again.
func (c *Client) call(op string, cmd uint8, flags uint16, attrs []byte, each func([]byte) error) error {
	errno, err := c.ask(cmd, flags, attrs, each)
	if errno == syscall.ENOENT {
		changed, resolveErr := c.resolve()
		if resolveErr != nil {
			return familyError(op, resolveErr)
		}
		if changed {
			errno, err = c.ask(cmd, flags, attrs, each)
		}
	}
	switch {
	case errors.Is(err, errInterrupted):
		return fmt.Errorf("%s: %w", op, err)
	case err != nil:
		return unanswered(op, err)
	case errno != 0:
		return refuseRequest(op, errno)
	}
	return nil
}

// ask is call with the number that IPVS had last.
func (c *Client) ask(cmd uint8, flags uint16, attrs []byte, each func([]byte) error) (errno syscall.Errno, err error) {
	c.seq++
	c.request = openMessage(c.request[:0], c.family, flags|flagAck, c.seq, cmd)
	c.request = append(c.request, attrs...)
	closeMessage(c.request, 0)
	interrupted := false
	err = c.exchange(c.request, c.seq, c.seq, func(m message) (err error) {
		interrupted = interrupted || m.flags&flagInterrupt != 0 && flags&flagDump != 0
		if m.ends() {
			errno, err = m.errno()
			return err
		}
		body, err := m.attributes(c.family)
		if err != nil {
			return err
		}
		return each(body)
	})
	if err == nil && errno == 0 && interrupted {
		err = errInterrupted
	}
	return errno, err
}

// dump lists what a request with NLM_F_DUMP answers.
func dump[T any](c *Client, op string, cmd uint8, attrs []byte, decode func([]byte) (T, error)) ([]T, error) {
	var list []T
	var err error
	for range dumpAttempts {
		list = nil
		err = c.call(op, cmd, flagDump, attrs, func(body []byte) error {
			v, err := decode(body)
			list = append(list, v)
			return err
		})
		if !errors.Is(err, errInterrupted) {
			break
		}
	}
	if err != nil {
		return nil, err
	}
	return list, nil
}

// resolve asks for the number of IPVS, and says if it is another than before.
func (c *Client) resolve() (changed bool, err error) {
	family, err := c.transport.family()
	if err != nil {
		return false, err
	}
	changed = family != c.family
	c.family = family
	return changed, nil
}

func familyError(op string, err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return unavailable(op)
	}
	return unanswered(op, err)
}
