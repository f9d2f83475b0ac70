// Package ipvs speaks to the kernel's IP Virtual Server.
//
// A [Client] sends requests over generic netlink; a [Memory] is a model of the
// kernel with the same methods, which answers every request as the kernel
// does, refusals included. Both hold the same things: services, each with its
// destinations, in the words of ipvsadm(8).
//
// # Values
//
// [Service] and [Destination] are plain comparable values: what a user sets.
// [Entry] and [DestinationEntry] add what only the kernel knows: connection
// counts and statistics. A list of [Change] values is the natural unit of
// work; Apply answers each change on its own, because the kernel knows no
// transactions.
//
// Beside the table a kernel has [Timeouts], sync daemons ([Daemon]), variables of
// net.ipv4.vs ([Sysctls]) and its connections ([Connection]). The page
// docs/ipvsadm.md finds each option of ipvsadm here.
//
// # Errors
//
// A refusal is an [*Error]. It says what was asked in words, unwraps to the
// kernel's errno, and tells a missing service from a missing destination with
// errors.Is and [ErrNoService], [ErrNoDestination].
//
// # What a read guarantees
//
// The kernel lets others change the table between the datagrams of a list, and
// does not say so. A list of one datagram, about 80 destinations, is of one
// moment; longer ones are read until two in a row have the same keys. See
// [Client.Table] for the whole, and [Client.Connections] for connections, which
// cannot be read so.
//
// # Concurrency
//
// The methods of Client and Memory may be called from several goroutines; each
// call is one exchange and does not mix with another. Nothing is cached: the
// kernel owns the table, and every read asks it. What is not netlink, variables
// and connections, is of the network namespace of the calling thread, and it is
// an error if that is not the one that was dialled.
package ipvs
