package ipvs

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"syscall"
)

// errInterrupted is a dump during which the kernel saw the table change.
var errInterrupted = errors.New("the table changed while it was read")

// dumpAttempts is how often a list is read at most until it is certain.
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

// A query is a request for a list, and how to read it.
type query[T any] struct {
	cmd     uint8
	attrs   []byte
	decode  func([]byte) (T, error)
	compare func(a, b T) int // of keys
	memory  *[]T             // where lists are read into, one after the other
}

// dump lists once what a request with NLM_F_DUMP answers, sorted and each key
// once, in the query's memory. It says if the list is certain: the kernel fills
// a datagram without letting others change the table, but counts its way to
// where the next one begins. So in a list of several some may be twice and
// others missing, without a sign.
func dump[T any](c *Client, op string, q query[T]) (list []T, certain bool, err error) {
	for range dumpAttempts {
		list = (*q.memory)[:0]
		err = c.call(op, q.cmd, flagDump, q.attrs, func(body []byte) error {
			v, err := q.decode(body)
			if len(list) == cap(list) {
				list = slices.Grow(list, max(8, len(list)))
			}
			list = append(list, v)
			return err
		})
		*q.memory = list
		if !errors.Is(err, errInterrupted) {
			break
		}
	}
	if err != nil {
		return nil, false, err
	}
	slices.SortFunc(list, q.compare)
	list = slices.CompactFunc(list, func(a, b T) bool { return q.compare(a, b) == 0 })
	return list, c.chunks <= 1, nil
}

// settled lists what a query answers. A list that is not certain is read until
// two in a row have the same keys.
func settled[T any](c *Client, op string, q query[T]) ([]T, error) {
	var before []T
	for attempt := range dumpAttempts {
		list, certain, err := dump(c, op, q)
		if err != nil {
			return nil, err
		}
		if attempt > 0 && sameKeys(before, list, q.compare) {
			copy(before, list)
			return before, nil
		}
		before = slices.Clone(list)
		if certain {
			return before, nil
		}
	}
	return nil, fmt.Errorf("%s: %w", op, errInterrupted)
}

func sameKeys[T any](a, b []T, compare func(a, b T) int) bool {
	return slices.EqualFunc(a, b, func(a, b T) bool { return compare(a, b) == 0 })
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
