// Package luaapi turns a policy file into declarations the engine can run, and
// gives its code the things it may call.
//
// # Two phases
//
// While a file loads it only declares: virtual servers, checks, events,
// schedules. It may not wait, start programs or change the kernel, so loading
// is quick and can be undone by forgetting it; that is what check, plan and
// reload rest on. Once the policy is in force its functions run, each in a
// task of its own, and may do all of that.
//
// # Ownership
//
// A policy's VM is guarded by its baton (package vm): whoever runs Lua holds
// it, and every binding that waits gives it back meanwhile. Go code here reads
// its Lua arguments before it waits and makes Lua values only afterwards. What
// is known of servers belongs to the engine's loop; Lua sees views of it.
//
// # Mistakes
//
// Declarations never stop at the first mistake: each is noted with its file,
// line and a hint, and Load reports all of them.
package luaapi
