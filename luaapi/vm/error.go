package vm

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"time"

	lua "github.com/yuin/gopher-lua"
)

// An Error is a Lua error that reached the end of its task or of a [Call].
type Error struct {
	File      string   // of the policy; "" if no script line is known
	Line      int      // from 1; 0 if no script line is known
	Message   string   // without the place
	Traceback []string // innermost first: "policy.lua:12: in function 'probe'"
	cause     error    // such as ErrBudget, or what a binding raised
}

// Error returns "file:line: message".
func (e *Error) Error() string {
	if e.Line == 0 {
		return e.Message
	}
	return fmt.Sprintf("%s:%d: %s", e.File, e.Line, e.Message)
}

// Unwrap returns the cause, such as ErrBudget.
func (e *Error) Unwrap() error { return e.cause }

// overBudget is the error for a script that is at work in L.
func overBudget(L *lua.LState, slice time.Duration) error {
	e := &Error{
		Message: fmt.Sprintf("ran longer than its budget of %v without waiting (an endless loop?)", slice),
		cause:   ErrBudget,
	}
	e.Traceback = traceback(L)
	e.locate()
	return e
}

// errorOf makes an Error of what came out of fn: an error value, or a panic with
// the Go stack where it came from.
func errorOf(L *lua.LState, fn lua.LValue, r any, stack []byte) *Error {
	api, ok := r.(*lua.ApiError)
	if !ok {
		return &Error{Message: fmt.Sprintf("internal error: %v\n%s", r, stack)}
	}
	e := &Error{Message: describe(reworded(L, fn, api.Object)), Traceback: ownLines(api.StackTrace, fn), cause: goError(api.Object)}
	if file, line, rest, ok := splitPlace(e.Message); ok && e.cause == nil {
		e.File, e.Line, e.Message = file, line, rest
	} else {
		e.locate()
	}
	return e
}

// goError returns the Go error that an error value holds, or nil: a binding
// that raises a userdata with one gets it back from [VM.Do] and [Call].
func goError(v lua.LValue) error {
	if ud, ok := v.(*lua.LUserData); ok {
		err, _ := ud.Value.(error)
		return err
	}
	return nil
}

// describe says an error value in words.
func describe(v lua.LValue) string {
	switch v := v.(type) {
	case lua.LString:
		return string(v)
	case lua.LNumber:
		return formatNumber(float64(v))
	case *lua.LTable:
		if s, ok := v.RawGetString("message").(lua.LString); ok {
			return string(s)
		}
	case nil:
		return "error without a value"
	}
	if err := goError(v); err != nil {
		return err.Error()
	}
	return fmt.Sprintf("error with a %s value instead of a message", v.Type())
}

var place = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`(?s)^([^\s:]*[^\s:\d][^\s:]*):(\d+): ?(.*)$`)
})

// splitPlace takes "file:line: rest" apart.
func splitPlace(s string) (file string, line int, rest string, ok bool) {
	m := place().FindStringSubmatch(s)
	if m == nil {
		return "", 0, s, false
	}
	line, err := strconv.Atoi(m[2])
	return m[1], line, m[3], err == nil
}

// locate takes the place from the traceback.
func (e *Error) locate() {
	if len(e.Traceback) > 0 {
		e.File, e.Line, _, _ = splitPlace(e.Traceback[0])
	}
}

// outermost is what gopher-lua calls the first function of a thread, whichever
// it is.
const outermost = "main chunk"

// ownLines keeps the lines of a stack trace that are the script's own; the
// first function was fn.
func ownLines(trace string, fn lua.LValue) []string {
	var own []string
	for line := range strings.Lines(trace) {
		line = strings.TrimSpace(line)
		if _, _, _, ok := splitPlace(line); ok && !strings.HasPrefix(line, "[") && line != "stack traceback:" {
			if at, ok := strings.CutSuffix(line, outermost); ok {
				line = at + nameOfFirst(fn)
			}
			own = append(own, line)
		}
	}
	return own
}

// nameOfFirst names the function that a thread began with.
func nameOfFirst(fn lua.LValue) string {
	f, ok := fn.(*lua.LFunction)
	if !ok || f.IsG || f.Proto.LineDefined == 0 {
		return "the main chunk"
	}
	return fmt.Sprintf("function <%s:%d>", f.Proto.SourceName, f.Proto.LineDefined)
}

// maxTraceback bounds the lines of a traceback that we make ourselves.
const maxTraceback = 20

// traceback lists where L is at work.
func traceback(L *lua.LState) []string {
	var lines []string
	for level := 0; len(lines) < maxTraceback; level++ {
		dbg, ok := L.GetStack(level)
		if !ok {
			break
		}
		fn, err := L.GetInfo("fSln", dbg, lua.LNil)
		if err != nil || dbg.CurrentLine <= 0 || strings.HasPrefix(dbg.Source, "[") {
			continue
		}
		in := nameOfFirst(fn)
		switch {
		case dbg.What == "main":
		case strings.HasPrefix(dbg.Name, "<"):
			in = "function " + dbg.Name
		default:
			in = "function '" + dbg.Name + "'"
		}
		lines = append(lines, fmt.Sprintf("%s:%d: in %s", dbg.Source, dbg.CurrentLine, in))
	}
	return lines
}
