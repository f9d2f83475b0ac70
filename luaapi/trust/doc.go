// Package trust tells whether a file is the daemon's own: whoever can change a
// policy decides what the daemon does, so a daemon that runs as root takes none
// that somebody else could write. It owns no state.
package trust
