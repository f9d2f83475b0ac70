package luaapi

import (
	"context"
	"log/slog"
	"sync"
	"time"
)

// A policy that logs more than this loses lines: the log is everybody's, and so
// is the disk it is written to.
const (
	logBurst = 1000 // lines at once
	logRate  = 100  // lines a second, after that
)

// calmHandler hands on what a policy logs, as far as it is not too much. It
// counts what it drops, and says how much that was with the next line it lets
// through.
type calmHandler struct {
	slog.Handler
	rate *lineRate // shared by what is derived from it
}

// lineRate is a bucket of lines that fills again as time passes.
type lineRate struct {
	mu      sync.Mutex
	left    float64
	last    time.Time
	dropped int
}

func calm(h slog.Handler) slog.Handler { return calmHandler{h, &lineRate{left: logBurst}} }

// Handle implements [slog.Handler].
func (h calmHandler) Handle(ctx context.Context, r slog.Record) error {
	ok, dropped := h.rate.take(time.Now())
	if !ok {
		return nil
	}
	if dropped > 0 {
		lost := slog.NewRecord(r.Time, slog.LevelWarn, "lines of this policy were dropped: it logs too much", 0)
		lost.Add("lines", dropped, "most_per_second", logRate)
		if err := h.Handler.Handle(ctx, lost); err != nil {
			return err
		}
	}
	return h.Handler.Handle(ctx, r)
}

// WithAttrs implements [slog.Handler].
func (h calmHandler) WithAttrs(attrs []slog.Attr) slog.Handler {
	return calmHandler{h.Handler.WithAttrs(attrs), h.rate}
}

// WithGroup implements [slog.Handler].
func (h calmHandler) WithGroup(name string) slog.Handler {
	return calmHandler{h.Handler.WithGroup(name), h.rate}
}

// take takes a line, and returns how many were dropped since the last one that
// was taken.
func (r *lineRate) take(now time.Time) (ok bool, dropped int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.last.IsZero() {
		r.left = min(logBurst, r.left+now.Sub(r.last).Seconds()*logRate)
	}
	r.last = now
	if r.left < 1 {
		r.dropped++
		return false, 0
	}
	r.left--
	dropped, r.dropped = r.dropped, 0
	return true, dropped
}
