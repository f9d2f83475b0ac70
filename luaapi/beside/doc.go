// Package beside reads files that lie beside a policy: lists of servers, code
// that several policies share.
//
// A [Folder] is one policy's view of the folder its file is in. It gives out
// what is in that folder and below, follows no path and no symbolic link out of
// it, and remembers what it gave out and what it could not, so that a change of such
// a file counts as a change of the policy. It belongs to whoever holds the policy's baton.
package beside
