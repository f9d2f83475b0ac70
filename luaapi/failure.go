package luaapi

import (
	"errors"
	"slices"

	lua "github.com/yuin/gopher-lua"

	"luavs/checks"
	"luavs/luaapi/args"
)

// A failure is something that went wrong outside, and whose fault it is. Code
// that meets one gets its reason and its cause; try ends the task with it.
type failure struct {
	cause  checks.Cause
	reason string
}

// Error returns the reason.
func (f *failure) Error() string { return f.reason }

// result is what the failure says of the server that is checked.
func (f *failure) result() checks.Result {
	outcome := checks.Fail
	if f.cause == checks.Local {
		outcome = checks.Unknown
	}
	return checks.Result{Outcome: outcome, Cause: f.cause, Reason: checks.OneLine(f.reason)}
}

// refuse returns nil and the reason to Lua, and the cause if there is one.
func refuse(L *lua.LState, err error) int {
	L.Push(lua.LNil)
	L.Push(lua.LString(err.Error()))
	var f *failure
	if errors.As(err, &f) {
		L.Push(lua.LString(f.cause))
		return 3
	}
	return 2
}

// blamed are the causes that code may give.
var blamed = []string{
	string(checks.Body), string(checks.Local), string(checks.Protocol), string(checks.Refused),
	string(checks.Status), string(checks.TLS), string(checks.Timeout), string(checks.Unreachable),
	string(checks.Verdict),
}

// readFailure makes a failure of a reason and a cause, which may be nil.
func readFailure(reason, cause lua.LValue) (*failure, error) {
	f := &failure{cause: checks.Verdict, reason: "no reason was given"}
	if lua.LVCanConvToString(reason) {
		f.reason = reason.String()
	}
	if cause == lua.LNil {
		return f, nil
	}
	word := lua.LVAsString(cause)
	if !slices.Contains(blamed, word) {
		return nil, errors.New("there is no cause " + args.Show(cause) + args.Hint(word, blamed))
	}
	f.cause = checks.Cause(word)
	return f, nil
}

// newTry returns try(value, ...): it returns what it got unless the value is
// nil or false. Then it ends the task, of which a check fails with the reason
// and the cause that come after the value.
func newTry(L *lua.LState) *lua.LFunction {
	meta := L.NewTable()
	meta.RawSetString("__metatable", lua.LString("failure"))
	meta.RawSetString("__tostring", L.NewFunction(func(L *lua.LState) int {
		L.Push(lua.LString(L.CheckUserData(1).Value.(*failure).reason))
		return 1
	}))
	return L.NewFunction(func(L *lua.LState) int {
		if lua.LVAsBool(L.Get(1)) {
			return L.GetTop()
		}
		f, err := readFailure(L.Get(2), L.Get(3))
		if err != nil {
			L.RaiseError("try: %v", err)
		}
		L.Error(&lua.LUserData{Value: f, Metatable: meta}, 0)
		return 0
	})
}
