// Package state keeps what must outlive the daemon: which services are ours,
// what is known of their servers, and what policies put into the module store.
//
// # The file
//
// A [Store] has a folder of its own with two files. lock is held by the daemon
// that uses the folder and has its process id in it. state.db is a bbolt file:
//
//	meta      format                 "luavs 1"
//	services  tcp 10.0.0.1:80        engine.Kept as JSON
//	values    POLICY NUL NAME        {"value": ..., "expires": time} as JSON
//
// At each start the file is read whole and written anew under another name,
// which then takes its place. So it is never larger than what is in it, and
// what the daemon writes to is always a file that it has made itself. A file
// that cannot be understood is set aside under a name that says when; one that the
// system does not let it read, or that another process has locked, is an error.
// What earlier versions wrote is in testdata, and is read for good.
//
// # Ownership
//
// The goroutine of Run alone touches the files. Others hand over what is to be
// kept, which never waits for the disk, or wait for it with Sync. What comes
// while a write is under way goes into the next one. Values belong to
// [Values], which guards them; the file is a copy.
//
// # What a caller may rely on
//
// The process may end at any moment and leave a file that can be read: one that
// has all of a write or nothing of it. A disk that refuses a write stops nobody:
// all is kept in memory and written whole when the disk takes it again, and
// until then [Store.Problem] says what is wrong.
package state
