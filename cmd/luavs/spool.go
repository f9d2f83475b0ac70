package main

import (
	"bytes"
	"io"
	"sync"
	"time"
)

const (
	// spoolLimit is how many bytes of the log wait at most while nobody reads it.
	spoolLimit = 1 << 20

	// spoolKeeps is the largest memory that is kept for what waits.
	spoolKeeps = 64 << 10

	// flushWithin is how long the end waits for what was not read yet.
	flushWithin = 200 * time.Millisecond
)

// A spool writes a log in a goroutine of its own, so that nobody who logs waits
// for who reads it: a journal that hangs, a pipe that is full, a slow disk. What
// does not fit is lost, and the log says how much once it goes on.
type spool struct {
	to   io.Writer
	tell func(lost int) error // writes to the same that so many lines are lost

	mu      sync.Mutex // guards what follows
	waiting []byte     // whole lines
	lost    int        // lines behind those
	ended   bool

	news chan struct{} // sent to when there is something to write; closed at the end
	done chan struct{} // closed when all is written
}

func newSpool(to io.Writer, tell func(lost int) error) *spool {
	s := &spool{to: to, tell: tell, news: make(chan struct{}, 1), done: make(chan struct{})}
	go s.run()
	return s
}

// Write takes one or more whole lines. It never waits, and is never refused.
func (s *spool) Write(lines []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.ended:
		return len(lines), nil
	case s.lost > 0 || len(s.waiting)+len(lines) > spoolLimit:
		s.lost += linesIn(lines)
	default:
		s.waiting = append(s.waiting, lines...)
	}
	select {
	case s.news <- struct{}{}:
	default: // it is to look already
	}
	return len(lines), nil
}

// run writes until the end.
func (s *spool) run() {
	defer close(s.done)
	var free []byte
	missed := 0
	for range s.news {
		text, lost := s.take(free)
		if _, err := s.to.Write(text); err != nil {
			lost += linesIn(text)
		}
		if missed += lost; missed > 0 && s.tell(missed) == nil {
			missed = 0
		}
		if free = text[:0]; cap(free) > spoolKeeps {
			free = nil
		}
	}
}

// take takes what waits, and how many lines were lost behind it. The memory of
// free is used for what comes.
func (s *spool) take(free []byte) (text []byte, lost int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	text, lost = s.waiting, s.lost
	s.waiting, s.lost = free, 0
	return text, lost
}

// end gives what waits some time to be written. What is logged afterwards is lost.
// It may be called more than once.
func (s *spool) end() {
	s.mu.Lock()
	if !s.ended {
		s.ended = true
		close(s.news)
	}
	s.mu.Unlock()
	select {
	case <-s.done:
	case <-time.After(flushWithin):
	}
}

func linesIn(text []byte) int { return bytes.Count(text, []byte("\n")) }
