package logtest

import (
	"bytes"
	"fmt"
	"sync"
	"testing"
)

func TestTextOfManyWriters(t *testing.T) {
	var text Text
	var all sync.WaitGroup
	for range 10 {
		all.Go(func() { fmt.Fprint(&text, "line\n") })
	}
	all.Wait()
	if got := text.String(); len(got) != 50 {
		t.Errorf("got %q", got)
	}
	if got := text.Take(); len(got) != 50 || text.String() != "" {
		t.Errorf("took %q, left %q", got, text.String())
	}
}

func TestTextKeepsTheBeginning(t *testing.T) {
	var text Text
	part := bytes.Repeat([]byte("x"), most-1)
	for range 2 {
		if n, err := text.Write(part); n != len(part) || err != nil {
			t.Errorf("wrote %d, %v", n, err)
		}
	}
	if got := len(text.String()); got != most {
		t.Errorf("keeps %d bytes", got)
	}
}
