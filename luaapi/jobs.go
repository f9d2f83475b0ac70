package luaapi

import (
	"context"
	"fmt"
	"sync/atomic"
	"time"

	lua "github.com/yuin/gopher-lua"

	"luavs/engine"
	"luavs/luaapi/args"
	"luavs/luaapi/vm"
)

// job is what every, cron and after return.
type job struct {
	rt       *runtime
	name     string
	schedule engine.Schedule
	file     string // it also runs when this file changes, if it is not empty
	canceled atomic.Bool
	stop     func() // takes it out of the loop; nil of one that was declared
}

// Next implements [engine.Schedule]: never again once it is cancelled.
func (j *job) Next(after time.Time) time.Time {
	if j.canceled.Load() {
		return time.Time{}
	}
	return j.schedule.Next(after)
}

func jobClass() *class[*job] {
	return &class[*job]{
		name: "job",
		methods: map[string]func(*lua.LState, *job) int{
			"cancel": func(L *lua.LState, j *job) int {
				j.rt.endJob(j)
				if j.stop != nil {
					vm.Wait(L, func(context.Context) { j.stop() })
				}
				return 0
			},
		},
		print: func(j *job) string { return j.name },
	}
}

// every is every(PAUSE, f).
func (ld *loader) every(L *lua.LState) int {
	pause, err := args.Duration(L.Get(1))
	if err == nil && pause < shortest {
		err = fmt.Errorf("want %v or longer, got %v", shortest, pause)
	}
	if err != nil {
		return ld.noJob(L, "every", err)
	}
	return ld.start(L, "every", pause.String(), newGrid(pause, ld.rt.name+here(L).String()))
}

// after is after(PAUSE, f).
func (ld *loader) after(L *lua.LState) int {
	pause, err := args.Duration(L.Get(1))
	if err != nil {
		return ld.noJob(L, "after", err)
	}
	return ld.start(L, "after", pause.String(), &delay{pause: pause})
}

// cron is cron(LINE, f).
func (ld *loader) cron(L *lua.LState) int {
	line, ok := L.Get(1).(lua.LString)
	if !ok {
		return ld.noJob(L, "cron", fmt.Errorf(`want a line such as "0 3 * * *", got %s`, args.Show(L.Get(1))))
	}
	s, err := parseCron(string(line))
	if err != nil {
		return ld.noJob(L, "cron", err)
	}
	return ld.start(L, "cron", string(line), s)
}

// noJob is for a call that makes no sense. What it returns can be used as a job
// is, so that the mistakes behind it show too.
func (ld *loader) noJob(L *lua.LState, what string, err error) int {
	ld.misuse(L, "%s: %v", what, err)
	L.Push(ld.rt.objects.jobs.object(L, &job{rt: ld.rt, name: what}))
	return 1
}

// start makes a job of the function in argument 2.
func (ld *loader) start(L *lua.LState, what, when string, s engine.Schedule) int {
	rt := ld.rt
	rt.inDaemon(L, what)
	f, ok := L.Get(2).(*lua.LFunction)
	if !ok {
		return ld.noJob(L, what, fmt.Errorf("want a function as the second argument, got %s", args.Show(L.Get(2))))
	}
	j := &job{name: fmt.Sprintf("%s %s at %s", what, when, here(L)), schedule: s}
	rt.addJob(L, what, j, f, rt.jobRun(j, f))
	L.Push(rt.objects.jobs.object(L, j))
	return 1
}

// addJob declares a job that calls f, while the policy loads, and gives it at
// once to the loop that runs the policy later.
func (rt *runtime) addJob(L *lua.LState, what string, j *job, f *lua.LFunction, run func(context.Context)) {
	if err := rt.limits.timers.take(1); err != nil {
		L.RaiseError("%s: %v", what, err)
	}
	j.rt = rt
	rt.vm.Hold(j, f)
	declared := engine.Job{Name: j.name, Schedule: j, Run: run}
	if j.file != "" {
		declared.Files = []string{j.file}
	}
	if rt.loading.Load() {
		rt.declare(declared)
		return
	}
	var err error
	vm.Wait(L, func(ctx context.Context) { j.stop, err = rt.handle.Start(ctx, declared) })
	if err != nil {
		rt.endJob(j)
		L.RaiseError("%s: %v", what, err)
	}
}

// endJob notes that a job does not run again. The baton must be held.
func (rt *runtime) endJob(j *job) {
	if !j.canceled.Swap(true) {
		rt.limits.timers.free(1)
		rt.vm.Release(j)
	}
}

// jobRun makes the function that runs a job once.
func (rt *runtime) jobRun(j *job, f *lua.LFunction) func(context.Context) {
	return func(ctx context.Context) {
		if j.canceled.Load() {
			return
		}
		rt.ended(func() string { return j.name }, rt.vm.Do(ctx, func(L *lua.LState) error {
			if _, once := j.schedule.(*delay); once {
				rt.endJob(j)
			}
			_, err := vm.Call(L, f)
			return err
		}))
	}
}
