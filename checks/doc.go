// Package checks asks a server whether it is well.
//
// A [Check] puts one question to one [Target] and returns a [Result]: pass,
// fail or unknown, a [Cause] that code can act on, and a reason for a person.
// One file holds one kind of check.
//
// # What a check promises
//
// It returns soon after its context ends, leaves nothing behind (no
// connection, goroutine or process), reads no more than its limits allow
// whatever the server sends, and may be used from several goroutines at once:
// a check holds its settings only, never the state of a run.
//
// One kind of check keeps something when it is told to, and then has a method
// Close: an [HTTPCheck] with Reuse keeps a connection between its runs, at most
// one for each server, each for at most [IdleLimit]. No goroutine waits on it.
//
// # Unknown is not fail
//
// Fail means the server did not answer as it should. Unknown means that the
// question could not be put (no file descriptor left, a program that does not
// exist, a script with an error, our own shutdown): it says nothing about the
// server and changes nothing.
package checks
