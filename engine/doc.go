// Package engine keeps the kernel's table as policies want it.
//
// # The picture
//
//	Config ──▶ loop: due times ──▶ probes ──▶ results ──▶ health
//	             │                                          │
//	             │            views (copies) ◀── state ◀────┘
//	             ▼                                          │
//	          Decider ◀── view of a service ◀───────────────┘
//	             │
//	             ▼ members
//	          desired ──▶ plan(have, want) ──▶ apply ──▶ kernel
//
// health, desired and plan are pure functions. Everything else is the loop.
//
// # Ownership
//
// Each policy has one loop goroutine, which alone touches its services, their
// health and their membership. Probes, deciders and the policy's code run in
// goroutines of their own and send the loop messages; others read views:
// immutable copies, which the loop makes when somebody asks. The loop never waits for a
// probe or for a policy's code. What servers report is a message like any
// answer; the last report and the time it holds are the loop's. So are the marks
// that keep servers out, and who is on the way out of the table. A goroutine of
// [filewatch.Watcher] tells the loop when files change in which checks, sources
// and jobs lie. [Engine] owns the set of loops and which policy holds which
// service; two policies never hold the same one. The private services by which
// checks ask a virtual address through one server are no policy's: paths owns
// them, and loops ask it for marks.
//
// # What outlives the process
//
// Before a loop changes the kernel it hands what it knows of the service to a
// [Keeper], as an immutable copy, and does not wait, but for a service that was not
// ours: that it is comes to the disk first, so that a process that is killed leaves
// nothing in the kernel that the next one does not know. A loop that declares a
// service which was kept begins with its members, marks and drains, and, when it
// has read what the kernel holds, with the health of its servers as far as the
// two agree. That is also how a service goes from one policy to another.
//
// # What a caller may rely on
//
// A service that no policy declared is never touched, but for firewall marks of
// the range that is ours ([PathMarks]). Nothing of a service is taken away before
// each of its checks has answered once. No server goes down because the process
// stood still, or because no server at all answers any more ([Isolation]). What
// others change of a service is put back, and told. A refused change is shown by
// [Engine.Status] and tried again after reading the table anew; it never ends
// Run. Run leaves the table in place and returns when everything it started has
// ended.
package engine
