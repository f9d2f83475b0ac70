package main

import (
	"fmt"
	"log/slog"

	"luavs/engine/state"
)

const (
	// defaultState is where the daemon keeps what outlives it.
	defaultState = "/var/lib/luavs"

	// noState is the word for nowhere.
	noState = "none"
)

// state adds the flag that says where the daemon keeps what outlives it.
func (f *flags) state() *string {
	return f.String("state", "", "`folder` for what outlives the daemon: which services are its own, health, drains, the module store; none forgets all of it at each end\n(default "+defaultState+"; none with --dataplane memory)")
}

// The words of --on-exit.
const (
	exitKeep  = "keep"
	exitFlush = "flush"
)

// onExit adds the flag that says what stays in the kernel at the end.
func (f *flags) onExit() *string {
	chosen := exitKeep
	f.Func("on-exit", "`what` becomes of the table when the daemon ends: keep it, so that traffic goes on (the default), or flush its own services", func(word string) error {
		if word != exitKeep && word != exitFlush {
			return fmt.Errorf("want keep or flush")
		}
		chosen = word
		return nil
	})
	return &chosen
}

// openState opens the folder of the flag. Without a kernel there is nothing to
// remember it for, unless a folder is named.
func openState(dir, dataplane string, log *slog.Logger) (*state.Store, error) {
	switch {
	case dir == noState, dir == "" && dataplane == "memory":
		return state.Volatile(), nil
	case dir == "":
		dir = defaultState
	}
	return state.Open(dir, log)
}

// whatIsLeft says what has become of the table at the end.
func whatIsLeft(onExit string) string {
	if onExit == exitFlush {
		return "the services of the policies are deleted"
	}
	return "the table stays as it is"
}
