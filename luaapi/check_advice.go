package luaapi

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	lua "github.com/yuin/gopher-lua"

	"luavs/checks"
	"luavs/luaapi/args"
)

// passing reads what a check's function returned if that is a pass: true or
// "degraded", perhaps a reason, and perhaps a weight.
func passing(answer []lua.LValue) (r checks.Result, ok bool, err error) {
	answer = append(answer, lua.LNil, lua.LNil, lua.LNil)[:3]
	switch answer[0] {
	case lua.LTrue:
		r.Outcome = checks.Pass
	case lua.LString(checks.Degraded.String()):
		r.Outcome, r.Cause = checks.Degraded, checks.Verdict
	default:
		return r, false, nil
	}
	if lua.LVCanConvToString(answer[1]) {
		r.Reason = checks.OneLine(answer[1].String())
	}
	if answer[2] == lua.LNil || slices.Contains(blamed, lua.LVAsString(answer[2])) {
		return r, true, nil // "return ok, reason, cause" has a cause also if ok is true
	}
	r.Advice, err = readAdvice(answer[2])
	return r, true, err
}

// readAdvice reads a weight: 5, "50%" of the configured weight, or "+5" and
// "-5" that are added to it.
func readAdvice(v lua.LValue) (checks.Advice, error) {
	if !lua.LVCanConvToString(v) {
		return checks.Advice{}, fmt.Errorf(`want a weight such as 5 or "50%%", got %s`, args.Show(v))
	}
	text := lua.LVAsString(v)
	if strings.HasPrefix(text, "+") || strings.HasPrefix(text, "-") && v.Type() == lua.LTString {
		if n, err := strconv.Atoi(text); err == nil && n >= -math.MaxInt32 && n <= math.MaxInt32 {
			return checks.Advice{Kind: checks.AddWeight, Value: n}, nil
		}
	}
	return checks.ParseAdvice(text)
}
