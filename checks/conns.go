package checks

import "time"

// conns are the runs in flight of a [Poller], by slot. The memory of those that
// ended is used again.
type conns struct {
	slots    []*conn // nil where none is
	free     []int32 // slots without one
	spare    []*conn
	inFlight int
}

// spareLimit is how many ended runs are kept for their memory.
const spareLimit = 1024

// add returns a new run, in a slot of its own.
func (cs *conns) add() *conn {
	var c *conn
	if n := len(cs.spare); n > 0 {
		c, cs.spare = cs.spare[n-1], cs.spare[:n-1]
	} else {
		c = new(conn)
	}
	if len(cs.free) == 0 {
		cs.free = append(cs.free, int32(len(cs.slots)))
		cs.slots = append(cs.slots, nil)
	}
	n := len(cs.free) - 1
	*c = conn{slot: cs.free[n], socket: -1}
	cs.free = cs.free[:n]
	cs.slots[c.slot] = c
	cs.inFlight++
	return c
}

func (cs *conns) remove(c *conn) {
	cs.slots[c.slot] = nil
	cs.free = append(cs.free, c.slot)
	cs.inFlight--
	*c = conn{}
	if len(cs.spare) < spareLimit {
		cs.spare = append(cs.spare, c)
	}
}

// at returns the run in a slot, or nil.
func (cs *conns) at(slot int32) *conn {
	if slot < 0 {
		return nil
	}
	return cs.slots[slot]
}

// each calls f for each run; f may remove it.
func (cs *conns) each(f func(*conn)) {
	for _, c := range cs.slots {
		if c != nil {
			f(c)
		}
	}
}

// deadlines is a heap of the runs that wait and have a limit. As most limits
// are alike, most runs go to its end and stay there until they leave.
type deadlines []*conn

// put adds a run that has a deadline.
func (d *deadlines) put(c *conn) {
	if c.deadline.IsZero() {
		return
	}
	*d = append(*d, c)
	c.place = len(*d)
	d.up(c.place - 1)
}

// take takes a run out, if it is in.
func (d *deadlines) take(c *conn) {
	if c.place == 0 {
		return
	}
	i, last := c.place-1, len(*d)-1
	d.swap(i, last)
	(*d)[last] = nil
	*d = (*d)[:last]
	c.place = 0
	if i < last {
		d.down(i)
		d.up(i)
	}
}

// next is the first deadline; zero if there is none.
func (d deadlines) next() time.Time {
	if len(d) == 0 {
		return time.Time{}
	}
	return d[0].deadline
}

// passed is a run whose deadline has passed, or nil.
func (d deadlines) passed(now time.Time) *conn {
	if len(d) == 0 || d[0].deadline.After(now) {
		return nil
	}
	return d[0]
}

func (d deadlines) up(i int) {
	for i > 0 {
		parent := (i - 1) / 2
		if !d[i].deadline.Before(d[parent].deadline) {
			return
		}
		d.swap(i, parent)
		i = parent
	}
}

func (d deadlines) down(i int) {
	for {
		child := 2*i + 1
		if child >= len(d) {
			return
		}
		if child+1 < len(d) && d[child+1].deadline.Before(d[child].deadline) {
			child++
		}
		if !d[child].deadline.Before(d[i].deadline) {
			return
		}
		d.swap(i, child)
		i = child
	}
}

func (d deadlines) swap(i, j int) {
	d[i], d[j] = d[j], d[i]
	d[i].place, d[j].place = i+1, j+1
}
