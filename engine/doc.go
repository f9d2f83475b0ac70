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
// and jobs lie. [Engine] owns the set of loops and, as claims, which of them
// answers for which service; two never do for the same one. The private services by which
// checks ask a virtual address through one server are no policy's: paths owns
// them, and loops ask it for marks. Which addresses this machine has they ask a
// [checks.Machine].
//
// # What outlives the process
//
// Before a loop changes the kernel it hands what it knows of the service to a
// [Keeper], as an immutable copy, and does not wait. But a service that was not ours
// comes into the kernel only when the disk knows that it is, so that a process that is
// killed leaves nothing there that the next one does not know; the loop goes on with
// the others meanwhile. A loop that declares a
// service which was kept begins with its members, marks and drains, and, when it
// has read what the kernel holds, with the health of its servers as far as the
// two agree. That is also how a service goes from one policy to another.
//
// # How a service goes from one policy to another
//
// Its old loop gives it up as it is: depart, while services are held, or cede,
// where policies are loaded together, has it yield what it remembers of the
// service to records (put). It does nothing to the kernel, and neither disclaims the
// service nor has the keeper forget it. The new loop declares it as one that it has
// never seen: recall marks its servers as they were, and adopt takes the rest from
// records and goes on from what the kernel holds. A service that is drained because
// nobody declares it stays with its old loop, in leaving, until it has left. If
// another loop declares it meanwhile, that one hands it on in the same way (handOn);
// if its own does, it comes back without any of this (comeBack). What records
// still have at [Engine.Release] and nobody claims is given up: giveUp makes it
// leave by a loop of the policy's name, which learns by adoptLeaving who is to be
// drained.
//
// # What a caller may rely on
//
// A service that no policy declared is never touched, but for firewall marks of
// the range that is ours ([PathMarks]). Nothing of a service is taken away before
// each of its checks has answered once, but for whom somebody has marked. No server goes down because the process
// stood still, or because no server at all answers any more ([Isolation]). What
// others change of a service is put back, and told. A refused change is shown by
// [Engine.Status] and tried again after reading the service anew; it never ends
// Run. While the kernel refuses a service a server or a higher weight, who serves
// it serves on, unless he is down or has a mark. Run leaves the table in place and returns when everything it started has
// ended.
package engine
