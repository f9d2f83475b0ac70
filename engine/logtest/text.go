// Package logtest keeps what is logged, or printed, while a test runs.
package logtest

import (
	"bytes"
	"sync"
)

// most is how many bytes a Text keeps.
const most = 64 << 20

// A Text keeps the beginning of what is written, 64 MiB of it, for several
// goroutines that write and read. The zero Text is empty.
type Text struct {
	mu   sync.Mutex
	text bytes.Buffer
}

// Write implements [io.Writer]. It has no error.
func (t *Text) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.text.Write(p[:min(len(p), most-t.text.Len())])
	return len(p), nil
}

// String is what was written.
func (t *Text) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.text.String()
}

// Take returns what was written and forgets it.
func (t *Text) Take() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	text := t.text.String()
	t.text.Reset()
	return text
}
