package engine

import (
	"context"
	"log/slog"
)

// Engine runs policies against one kernel.
type Engine struct {
	kernel Kernel
	log    *slog.Logger
}

// New returns an engine that has no policies yet.
func New(kernel Kernel, log *slog.Logger) *Engine { return &Engine{kernel: kernel, log: log} }

// Run serves the policies until ctx ends, and returns when everything it
// started has ended too. It leaves the kernel's table in place.
func (e *Engine) Run(ctx context.Context) error { return nil }

// Load puts a policy in force: a new one starts, one of the same name is
// replaced and hands on what is known of its servers. On error nothing has
// changed. It is for use while Run runs.
func (e *Engine) Load(ctx context.Context, c Config) error { return nil }

// Unload ends a policy and removes its services from the kernel.
func (e *Engine) Unload(ctx context.Context, name string) error { return nil }
