package luaapi

import (
	"strings"
	"testing"

	"luavs/ipvs"
)

func TestOptionsOfManyKinds(t *testing.T) {
	const own = `local function own(given)
  return options("own", given, { function() end, pause = "1m30s", list = {}, mode = { "slow", "fast" }, any = false, n = 1 })
end
`
	for _, tt := range []struct{ code, want string }{
		{`return own({ print }).pause`, "90"},
		{`return own({ print, pause = "500ms" }).pause`, "0.5"},
		{`return own({ print, pause = 7 }).pause`, "7"},
		{`return own({ print })[1] == print`, "true"},
		{`return own({ print, list = { 1, 2 } }).list[2]`, "2"},
		{`return own({ print, pause = "soon" })`, `field "pause": want a duration such as`},
		{`return own({ print, print })`, `want one function without a name in the table`},
		{`return own({})`, `want one function without a name in the table`},
		{`return own({ 7 })`, `want one function without a name in the table`},
		{`return own({ print, list = 7 })`, `field "list": want a table, got 7`},
	} {
		var got string
		o := Options{Kernel: ipvs.NewMemory(), Log: quiet, Print: func(line string) { got = line }}
		err := Exec(t.Context(), "own.lua", []byte(own+"print((function() "+tt.code+" end)())"), o)
		if err != nil {
			got = err.Error()
		}
		if !strings.Contains(got, tt.want) {
			t.Errorf("%s: got %q, want %q", tt.code, got, tt.want)
		}
	}
}
