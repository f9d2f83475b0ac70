package luaapi

import (
	"errors"
	"sync"
	"sync/atomic"

	"luavs/luaapi/vm"
)

// complaints are the errors that pieces of the policy's code ended with last:
// one that fails at each run is logged when it begins to, and when it says
// something else.
type complaints struct {
	n    atomic.Int64 // of last; a policy without any looks no further
	mu   sync.Mutex
	last map[string]string // by piece
}

// news notes that a piece of code failed, and tells whether that is to be said.
func (c *complaints) news(what, text string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.last == nil {
		c.last = map[string]string{}
	}
	before, known := c.last[what]
	c.last[what] = text
	c.n.Store(int64(len(c.last)))
	return !known || before != text
}

// over notes that a piece of code ended in order, and tells whether it did not
// the time before.
func (c *complaints) over(what func() string) bool {
	if c.n.Load() == 0 {
		return false
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	name := what()
	_, failed := c.last[name]
	delete(c.last, name)
	c.n.Store(int64(len(c.last)))
	return failed
}

// ended logs how a piece of the policy's code ended, if that is news. What says
// which piece. A stop is no error.
func (rt *runtime) ended(what func() string, err error) {
	if err == nil {
		if rt.complaints.over(what) {
			rt.log().Info("works again", "in", what())
		}
		return
	}
	name := what()
	if errors.Is(err, vm.ErrClosed) || errors.Is(err, vm.ErrCanceled) {
		rt.log().Debug("stopped", "in", name)
		return
	}
	if text := clip(err.Error()); rt.complaints.news(name, text) {
		rt.log().Error(text, append([]any{"in", name}, tracebackOf(err)...)...)
	}
}

// clip cuts a text to maxMessage.
func clip(text string) string {
	if len(text) > maxMessage {
		return text[:maxMessage] + "..."
	}
	return text
}

// tracebackOf returns the traceback of a Lua error as an attribute.
func tracebackOf(err error) []any {
	var e *vm.Error
	if !errors.As(err, &e) || len(e.Traceback) == 0 {
		return nil
	}
	return []any{"traceback", e.Traceback}
}
