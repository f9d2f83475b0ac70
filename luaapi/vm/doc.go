// Package vm runs Lua: one virtual machine with its baton, its limits and its libraries.
//
// A [VM] owns one Lua state and every Lua thread made from it. Lua is not safe
// for concurrent use, so everything Lua happens while the VM's baton is held:
// [VM.Do] takes it, runs the caller's function, and gives it back; a binding
// that waits for something calls [Wait], which gives the baton back meanwhile.
// So a check or an event handler is a plain goroutine whose script reads from
// top to bottom, and thousands wait at once. This holds inside pcall,
// iterators, metamethods, sort and gsub callbacks and coroutines alike.
//
// Who owns what:
//   - the baton (a mutex) guards the Lua state, the idle threads and the random numbers;
//   - VM.mu guards the set of live tasks and whether the VM is closed;
//   - a task's budget is touched only by the goroutine that holds the baton for it.
//
// A task that is cancelled, or that holds the baton longer than its budget, is
// ended by an error which comes again at every further Lua instruction: pcall
// sees it, but cannot go on after it. Nothing needs to be killed from outside,
// so Do runs in the goroutine of its caller and costs no other.
//
// pcall, xpcall and [Call] run their function on a Lua thread of its own. In
// gopher-lua an error cuts all closures of its thread off from the local
// variables they share with functions that still run; a thread of its own
// keeps the damage to functions that have ended.
package vm
