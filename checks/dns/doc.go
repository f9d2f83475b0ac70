// Package dns is a client of name servers: the form of questions and answers,
// who is asked on this machine, and the asking.
//
// A [Query] makes one message and reads the answer to it, for those who have a
// way of their own to carry both. A [Resolver] carries them itself, over UDP
// and TCP, to one name server after another.
//
// Nothing is kept here: the files that say how this machine resolves names are
// read anew by [System] and [Hosts], and no answer is remembered. A question
// ends with its context, an answer has at most 64 KiB, a file at most 16 MiB.
package dns
