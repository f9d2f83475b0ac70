// Package args reads the arguments that Lua code gives: the fields of a table,
// durations, lists.
//
// A [Fields] never stops at the first mistake: each wrong field is noted and
// read as its default, so that one run finds all of them. Fields nobody asked
// for are mistakes too, with the nearest known name as a hint. What to do with
// the mistakes is the caller's choice: [Fields.Raise] makes them one Lua error,
// [Fields.Done] returns them for a report.
//
// A Fields belongs to the call that made it and, like every Lua value, to
// whoever holds the VM's baton.
package args
