// Package reload keeps the policies of files and folders in force.
//
// A [Set] reads the files, has luaapi make policies of them and the engine run
// those, and does so again when a file changes or somebody asks. Each new text
// is compiled, run and checked in a VM of its own before anything happens; if
// that fails, the policy in force runs on untouched and the mistake is logged
// and shown until it is mended.
//
// A reload goes from a look at the files (look, changed) by their new texts
// (loadDraft) and which of them can be put in force together ([choice], which is
// pure) to what is done (force).
//
// # Ownership
//
// The goroutine of Run owns which policy came from which text. Others ask it
// with Reload, and read a copy of what is wrong with Problems.
package reload
