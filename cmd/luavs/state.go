package main

import (
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
	return f.String("state", "", "`folder` for what outlives the daemon: which services are its own, health, the module store; none forgets all of it at each end\n(default "+defaultState+"; none with --dataplane memory)")
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
