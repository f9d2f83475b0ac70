package args

import (
	"testing"

	lua "github.com/yuin/gopher-lua"
)

func TestSize(t *testing.T) {
	for _, c := range []struct {
		in   lua.LValue
		want int
		said string
	}{
		{lua.LNil, 5, ""},
		{lua.LString("64MB"), 64 << 20, ""},
		{lua.LString("1GB"), 1 << 30, ""},
		{lua.LString("2048kB"), 2 << 20, ""},
		{lua.LNumber(4096), 4096, ""},
		{lua.LString("64"), 5, `field "memory": want a size such as "64MB" (kB, MB or GB) or a number of bytes, got "64"`},
		{lua.LString("-1MB"), 5, `field "memory": want a size such as "64MB" (kB, MB or GB) or a number of bytes, got "-1MB"`},
		{lua.LString("99999999999999GB"), 5, `field "memory": want a size such as "64MB" (kB, MB or GB) or a number of bytes, got "99999999999999GB"`},
		{lua.LNumber(1.5), 5, `field "memory": want a size such as "64MB" (kB, MB or GB) or a number of bytes, got 1.5`},
		{lua.LString("2GB"), 5, `field "memory": want 4kB to 1GB, got "2GB"`},
		{lua.LNumber(1), 5, `field "memory": want 4kB to 1GB, got 1`},
	} {
		table := &lua.LTable{}
		table.RawSetString("memory", c.in)
		f := Table(nil, table, "limits")
		got := f.Size("memory", 5, 4<<10, 1<<30)
		said := ""
		for _, m := range f.Done() {
			said += m.Text
		}
		if got != c.want || said != c.said {
			t.Errorf("%v: got %d and %q, want %d and %q", c.in, got, said, c.want, c.said)
		}
	}
}
