package luaapi

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"

	lua "github.com/yuin/gopher-lua"

	"luavs/luaapi/args"
	"luavs/luaapi/vm"
)

// Limits of file: bytes, and lines.
const (
	defaultMaxFile = 1 << 20
	largestMaxFile = 16 << 20
	maxLines       = 1 << 18
)

// A fileInfo is what Lua sees of a file or folder.
type fileInfo struct {
	Size     int
	Modified float64 // seconds since 1970
	Folder   bool
}

// newFile returns the module file.
func newFile(rt *runtime, L *lua.LState) *lua.LTable {
	return L.SetFuncs(L.NewTable(), map[string]lua.LGFunction{
		"read":   func(L *lua.LState) int { return fileRead(rt, L) },
		"lines":  func(L *lua.LState) int { return fileLines(rt, L) },
		"exists": func(L *lua.LState) int { return fileExists(rt, L) },
		"info":   func(L *lua.LState) int { return luaFileInfo(rt, L) },
		"watch":  func(L *lua.LState) int { return fileWatch(rt, L) },
	})
}

// argFile returns argument 1: a file that the operator lets policies read.
func argFile(rt *runtime, L *lua.LState, what string) allowedFile {
	p, err := rt.allow.file(argText(L, 1, what))
	if err != nil {
		L.RaiseError("%s: %v", what, err)
	}
	return p
}

// fileText reads the file in argument 1, of the size that the options in
// argument 2 allow.
func fileText(rt *runtime, L *lua.LState, what string) (text string, err error) {
	rt.running(L, what)
	p, f := argFile(rt, L, what), args.Optional(L, 2, what)
	most := f.Int("max", defaultMaxFile, 1, largestMaxFile)
	f.Raise()
	vm.Wait(L, func(context.Context) { text, err = p.read(most) })
	return text, err
}

// read returns what is in the file, if that is not more than most bytes.
func (p allowedFile) read(most int) (string, error) {
	file, err := p.open()
	if err != nil {
		return "", err
	}
	defer file.Close()
	text, err := io.ReadAll(io.LimitReader(file, int64(most)+1))
	if err == nil && len(text) > most {
		err = fmt.Errorf("%s is larger than max, which is %d bytes", file.Name(), most)
	}
	return string(text), err
}

// fileRead is file.read(path [, { max = }]).
func fileRead(rt *runtime, L *lua.LState) int {
	text, err := fileText(rt, L, "file.read")
	if err != nil {
		return refuse(L, err)
	}
	L.Push(lua.LString(text))
	return 1
}

// fileLines is file.lines(path [, { max = }]): a list of the lines without their
// ends.
func fileLines(rt *runtime, L *lua.LState) int {
	text, err := fileText(rt, L, "file.lines")
	if err != nil {
		return refuse(L, err)
	}
	t := L.NewTable()
	for line := range strings.Lines(text) {
		if t.Len() == maxLines {
			return refuse(L, fmt.Errorf("%s has more than %d lines", L.Get(1), maxLines))
		}
		t.Append(lua.LString(strings.TrimSuffix(strings.TrimSuffix(line, "\n"), "\r")))
	}
	L.Push(t)
	return 1
}

// look tells of the file or folder in argument 1.
func look(rt *runtime, L *lua.LState, what string) (info os.FileInfo, err error) {
	rt.running(L, what)
	p := argFile(rt, L, what)
	vm.Wait(L, func(context.Context) { info, err = p.stat() })
	return info, err
}

// fileExists is file.exists(path).
func fileExists(rt *runtime, L *lua.LState) int {
	_, err := look(rt, L, "file.exists")
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return refuse(L, err)
	}
	L.Push(lua.LBool(err == nil))
	return 1
}

// luaFileInfo is file.info(path).
func luaFileInfo(rt *runtime, L *lua.LState) int {
	info, err := look(rt, L, "file.info")
	if err != nil {
		return refuse(L, err)
	}
	L.Push(view(L, "file info", fileInfo{int(info.Size()), float64(seconds(info.ModTime())), info.IsDir()}))
	return 1
}
