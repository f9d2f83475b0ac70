package checks

import (
	"fmt"
	"net/netip"
	"slices"
	"sync"
)

// A conversation takes [Step]s one after the other.
type conversation struct {
	route Route
	proxy ProxyProtocol // the header that goes first
	steps []Step        // one or more

	step  int    // the present one
	said  bool   // what it sends is sent
	met   bool   // what it expects has come
	heard []byte // behind what fulfilled the step before
}

var conversations = sync.Pool{New: func() any { return new(conversation) }}

// converse begins a conversation.
func converse(r Route, p ProxyProtocol, steps []Step) *conversation {
	c := conversations.Get().(*conversation)
	own := append(c.steps[:0], steps...)
	*c = conversation{route: r, proxy: p, steps: own, heard: c.heard[:0]}
	return c
}

func (c *conversation) free() {
	clear(c.steps)
	if cap(c.heard) <= keptBuffer {
		conversations.Put(c)
	}
}

func (c *conversation) way() *Route { return &c.route }

func (c *conversation) say(buf []byte, _ netip.AddrPort) []byte {
	if c.step == 0 {
		buf = append(buf, c.proxy.header()...)
	}
	return append(buf, c.steps[c.step].Send...)
}

func (c *conversation) sent() (turn, error) {
	c.said = true
	return c.look()
}

func (c *conversation) hear(data []byte) (turn, error) {
	c.heard = append(c.heard, data...)
	return c.look()
}

// look goes on from step to step as far as what was heard allows.
func (c *conversation) look() (turn, error) {
	for {
		w := c.steps[c.step].want()
		answer := c.heard[:min(len(c.heard), DefaultLimit)]
		if !w.in(answer) {
			if len(answer) == DefaultLimit {
				return over, c.fault(Body, "answer: %s", w.missing(answer, DefaultLimit))
			}
			return listen, nil
		}
		end := w.end(answer)
		c.met = end > 0
		c.heard = slices.Delete(c.heard, 0, end)
		if c.step == len(c.steps)-1 {
			c.step++
			return over, nil
		}
		c.step++
		c.said, c.met = false, false
		if len(c.steps[c.step].Send) > 0 {
			return speak, nil
		}
		c.said = true
	}
}

func (c *conversation) ended(brokeOff bool) error {
	if brokeOff {
		return c.fault(Protocol, "answer: the server closed before its end")
	}
	return c.fault(Body, "answer: %s, then the server closed", c.steps[c.step].want().missing(c.heard, DefaultLimit))
}

// fault is the end of the conversation at the present step.
func (c *conversation) fault(cause Cause, format string, args ...any) error {
	if len(c.steps) == 1 {
		return faultf(cause, format, args...)
	}
	return faultf(cause, "step %d: %s", c.step+1, fmt.Sprintf(format, args...))
}

func (c *conversation) progress(list []string) []string {
	if c.proxy != "" && (c.said || c.step > 0) {
		list = append(list, "PROXY header sent")
	}
	passed := c.step == len(c.steps)
	if c.step > 0 && len(c.steps) > 1 {
		list = append(list, fmt.Sprintf("step %d of %d done", c.step, len(c.steps)))
	}
	if passed && len(c.steps) > 1 || !c.said {
		return list
	}
	if s := c.steps[min(c.step, len(c.steps)-1)]; len(s.Send) > 0 {
		list = append(list, fmt.Sprintf("%d bytes sent", len(s.Send)))
	}
	switch {
	case !passed:
		list = append(list, fmt.Sprintf("%d bytes received, not what is expected", len(c.heard)))
	case c.met:
		list = append(list, asExpected)
	}
	return list
}

func (c *conversation) passed() string {
	if c.met && len(c.steps) == 1 {
		return asExpected
	}
	list := c.progress([]string{connectedStep})
	return list[len(list)-1]
}

// asExpected is the last step of a run whose answer will do.
const asExpected = "answer as expected"
