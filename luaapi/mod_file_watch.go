package luaapi

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"syscall"
	"time"

	lua "github.com/yuin/gopher-lua"

	"luavs/luaapi/args"
)

// fileWatch is file.watch(path, f [, { every = }]): f is called with the path
// when the file has come, gone or changed. It is looked at when a change is
// reported, and at each pause, because not every file system reports any.
func fileWatch(rt *runtime, L *lua.LState) int {
	const what = "file.watch"
	rt.inDaemon(L, what)
	p, path := argFile(rt, L, what), argText(L, 1, what)
	f, ok := L.Get(2).(*lua.LFunction)
	if !ok {
		L.RaiseError("%s: argument 2: want a function, got %s", what, args.Show(L.Get(2)))
	}
	o := args.Optional(L, 3, what)
	pause := o.Duration("every", time.Second, shortest)
	o.Raise()
	j := &job{name: fmt.Sprintf("%s %s at %s", what, path, here(L)), schedule: newGrid(pause, rt.name+path), file: path}
	w := &fileWatcher{allowedFile: p}
	call := L.NewClosure(func(L *lua.LState) int {
		L.Push(f)
		L.Push(lua.LString(path))
		L.Call(1, 0)
		return 0
	}, f) // as an upvalue, which is seen when the policy is weighed
	run := rt.jobRun(j, call)
	rt.addJob(L, what, j, call, func(ctx context.Context) {
		if w.changed() {
			run(ctx)
		}
	})
	L.Push(rt.objects.jobs.object(L, j))
	return 1
}

// A fileWatcher remembers what a file was like. Runs of its job never overlap.
type fileWatcher struct {
	allowedFile
	known bool
	last  fileMark
}

// A fileMark tells one state of a file from another.
type fileMark struct {
	there    bool
	inode    uint64
	size     int64
	modified time.Time
	problem  string
}

// changed tells whether the file is not what it was; the first look tells
// nothing.
func (w *fileWatcher) changed() bool {
	mark := w.mark()
	news := w.known && mark != w.last
	w.known, w.last = true, mark
	return news
}

func (w *fileWatcher) mark() fileMark {
	info, err := w.stat()
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return fileMark{}
	case err != nil:
		return fileMark{problem: err.Error()}
	}
	return fileMark{there: true, inode: inodeOf(info), size: info.Size(), modified: info.ModTime()}
}

func inodeOf(info os.FileInfo) uint64 {
	if stat, ok := info.Sys().(*syscall.Stat_t); ok {
		return stat.Ino
	}
	return 0
}
