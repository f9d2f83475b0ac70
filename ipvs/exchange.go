package ipvs

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"syscall"
)

// exchange sends the request and hands each the messages numbered from first
// to last that answer it, until the end of the last. It returns the first
// error, but reads on after a message it does not understand, because the
// kernel refuses a dump while another one is not read to its end.
func (c *Client) exchange(request []byte, first, last uint32, each func(message) error) error {
	if err := c.transport.send(request); err != nil {
		return err
	}
	var broken error
	c.chunks = 0
	for {
		overflown := broken == syscall.ENOBUFS
		datagram, err := c.transport.receive(!overflown)
		if err == syscall.ENOBUFS && !overflown {
			// Some answers were dropped, the last perhaps too, but what came
			// before them can be read.
			broken = err
			continue
		}
		if err != nil || datagram == nil {
			return cmp.Or(broken, err)
		}
		for hasData := false; len(datagram) > 0; {
			var m message
			if m, datagram, err = nextMessage(datagram); err != nil {
				broken = cmp.Or(broken, err)
				break
			}
			if m.seq-first > last-first {
				continue // late, of an exchange that was given up
			}
			if !hasData && !m.ends() {
				hasData = true
				c.chunks++
			}
			broken = cmp.Or(broken, each(m))
			if m.seq == last && m.ends() {
				return broken
			}
		}
	}
}

// call makes one request and hands the attributes of each answer to each.
func (c *Client) call(op string, cmd uint8, flags uint16, attrs []byte, each func([]byte) error) error {
	errno, err := c.current(op, func() (syscall.Errno, error) { return c.ask(cmd, flags, attrs, each) })
	if err == nil && errno != 0 {
		err = refuseRequest(op, errno)
	}
	return err
}

// current asks, and asks again if the module was loaded anew, so that IPVS has
// a new number. The error says what could not be asked.
func (c *Client) current(op string, ask func() (syscall.Errno, error)) (syscall.Errno, error) {
	errno, err := ask()
	if errno == syscall.ENOENT {
		changed, resolveErr := c.resolve()
		if resolveErr != nil {
			return 0, familyError(op, resolveErr)
		}
		if changed {
			errno, err = ask()
		}
	}
	switch {
	case errors.Is(err, errInterrupted):
		return 0, fmt.Errorf("%s: %w", op, err)
	case err != nil:
		return 0, unanswered(op, err)
	}
	return errno, nil
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

// askAloud is ask for a command that sets something and to which the kernel may
// be silent: it takes an interruption by a signal for no answer at all. A
// sentinel behind it is answered always, and then answered says if it was.
func (c *Client) askAloud(cmd uint8, attrs []byte) (answered bool, errno syscall.Errno, err error) {
	c.seq += 2
	first, last := c.seq-1, c.seq
	c.request = openMessage(c.request[:0], c.family, flagAck, first, cmd)
	c.request = append(c.request, attrs...)
	closeMessage(c.request, 0)
	c.request = appendSentinel(c.request, last)
	err = c.exchange(c.request, first, last, func(m message) (err error) {
		if !m.ends() {
			return fmt.Errorf("message of type %d in answer to a command", m.typ)
		}
		if m.seq == first {
			answered = true
			errno, err = m.errno()
		}
		return err
	})
	return answered, errno, err
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
