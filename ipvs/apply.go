package ipvs

import (
	"errors"
	"fmt"
	"slices"
	"syscall"
)

// maxBatch bounds the commands of a datagram. If all of them fail, the answers
// must fit the socket's receive buffer (socketMemory).
const maxBatch = 250

// Apply makes the changes in their order and answers each on its own; a
// refusal does not stop those behind it. It returns nil if all were made; else
// a list as long as changes, nil for those made. A change that is not valid is
// not sent. ErrNoAnswer means that the table must be read to know.
//
// Kernels that do not know an encapsulation take it for plain IPIP without a
// word. So the first destination with GUE, and with GRE, is read back.
func (c *Client) Apply(changes []Change) []error {
	c.mu.Lock()
	defer c.mu.Unlock()
	a := applying{client: c, changes: changes}
	valid := make([]int, 0, len(changes))
	for i, change := range changes {
		if f := change.fault(); f != nil {
			a.fail(i, f.error(change.String()))
			continue
		}
		valid = append(valid, i)
	}
	for batch := range slices.Chunk(valid, maxBatch) {
		a.apply(batch)
	}
	a.confirm(GUE)
	a.confirm(GRE)
	return a.errs
}

// applying is one run of Apply. A batch is a list of indexes of changes.
type applying struct {
	client  *Client
	changes []Change
	errs    []error // nil as long as nothing failed
	lost    error   // why nothing more is sent
}

func (a *applying) fail(i int, err error) {
	if a.errs == nil {
		a.errs = make([]error, len(a.changes))
	}
	a.errs[i] = err
}

// apply sends a batch, and what an old number of IPVS made fail a second time
// with the new one.
func (a *applying) apply(batch []int) {
	missing := a.send(batch)
	if len(missing) == 0 || a.lost != nil {
		return
	}
	changed, err := a.client.resolve()
	if err != nil {
		a.lost = err
		for _, i := range missing {
			a.fail(i, familyError(a.changes[i].String(), err))
		}
		return
	}
	if !changed {
		return
	}
	for _, i := range missing {
		a.errs[i] = nil
	}
	a.send(missing)
	if !slices.ContainsFunc(a.errs, func(err error) bool { return err != nil }) {
		a.errs = nil
	}
}

// send sends a batch in one datagram and returns what failed with ENOENT,
// which may mean that the number of IPVS is old.
func (a *applying) send(batch []int) (missing []int) {
	if a.lost != nil {
		for _, i := range batch {
			a.fail(i, unanswered(a.changes[i].String(), fmt.Errorf("not sent after: %w", a.lost)))
		}
		return nil
	}
	first, last := a.encode(batch)
	err := a.client.exchange(a.client.request, first, last, func(m message) error {
		if !m.ends() {
			return fmt.Errorf("message of type %d in answer to a change", m.typ)
		}
		errno, err := m.errno()
		if err != nil || errno == 0 || m.seq == last {
			return err
		}
		i := batch[m.seq-first]
		a.fail(i, refuse(a.changes[i], errno))
		if errno == syscall.ENOENT {
			missing = append(missing, i)
		}
		return nil
	})
	if err != nil {
		a.doubt(batch, err)
	}
	if err != nil && !errors.Is(err, syscall.ENOBUFS) { // what is behind lost answers can be sent
		a.lost = err
	}
	return missing
}

// encode puts a batch and the sentinel into the client's request, and returns
// the first number and the sentinel's.
func (a *applying) encode(batch []int) (first, last uint32) {
	c := a.client
	first = c.seq + 1
	last = first + uint32(len(batch))
	c.seq = last
	c.request = c.request[:0]
	for n, i := range batch {
		c.request = appendChange(c.request, c.family, first+uint32(n), a.changes[i])
	}
	c.request = appendSentinel(c.request, last)
	return first, last
}

// doubt marks the changes of a batch whose end did not come. A refusal that
// came is certain; no answer may be success or not.
func (a *applying) doubt(batch []int, why error) {
	for _, i := range batch {
		if a.errs == nil || a.errs[i] == nil {
			a.fail(i, unanswered(a.changes[i].String(), why))
		}
	}
}

// commands are the numbers of the operations.
var commands = [...]uint8{
	AddService: cmdNewService, SetService: cmdSetService, DelService: cmdDelService,
	AddDestination: cmdNewDest, SetDestination: cmdSetDest, DelDestination: cmdDelDest,
}

// appendChange appends the request of a change, which is only answered if it
// fails.
func appendChange(b []byte, family uint16, seq uint32, c Change) []byte {
	start := len(b)
	b = openMessage(b, family, 0, seq, commands[c.Op])
	switch c.Op {
	case AddService, SetService:
		b = appendService(b, c.Service)
	default:
		b = appendKeyNest(b, c.Service.ServiceKey)
	}
	switch c.Op {
	case AddDestination, SetDestination:
		b = appendDestination(b, c.Destination)
	case DelDestination:
		b = appendDestinationKeyNest(b, c.Destination.Addr)
	}
	closeMessage(b, start)
	return b
}
