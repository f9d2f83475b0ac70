package luaapi

import (
	"strconv"

	lua "github.com/yuin/gopher-lua"

	"luavs/checks"
	"luavs/luaapi/args"
)

// readHex reads bytes in hexadecimal digits, of which dots may be any.
func readHex(f *args.Fields, name string) checks.Hex {
	if !f.Has(name) {
		return checks.Hex{}
	}
	h, err := checks.ParseHex(f.String(name, "00"))
	if err != nil {
		f.Mistake(name, "%v", err)
	}
	return h
}

// readSend reads what is sent: send as a text, or send_hex.
func readSend(f *args.Fields) []byte {
	text := f.String("send", "")
	hex := readHex(f, "send_hex")
	data, exact := hex.Bytes()
	switch {
	case !exact:
		f.Mistake("send_hex", "want the bytes themselves: a dot is for what is expected")
	case len(data) > 0 && text != "":
		f.Mistake("send_hex", "and send are two ways to say one thing: write one of them")
	case len(data) > 0:
		return data
	}
	return []byte(text)
}

// readStep reads one turn of a conversation.
func readStep(f *args.Fields) checks.Step {
	return checks.Step{
		Send:        readSend(f),
		Expect:      []byte(f.String("expect", "")),
		ExpectMatch: readPattern(f, "expect_match"),
		ExpectHex:   readHex(f, "expect_hex"),
	}
}

var stepFields = []string{"send", "send_hex", "expect", "expect_match", "expect_hex"}

// readSteps reads a conversation: the fields of one step, or steps, a list of
// tables with these fields.
func readSteps(f *args.Fields) []checks.Step {
	only := readStep(f)
	said := hasAny(f, stepFields)
	if !f.Has("steps") {
		if !said {
			return nil
		}
		return []checks.Step{only}
	}
	if said {
		f.Mistake("steps", "are the whole conversation: write send and expect in them")
	}
	sub := f.Sub("steps")
	if sub == nil {
		return nil
	}
	if items := sub.List(); len(items) > 0 {
		return stepsIn(sub, items)
	}
	f.Mistake("steps", `want a list such as { { expect = "220" }, { send = "QUIT\r\n" } }`)
	return nil
}

// stepsIn reads the items of a list of steps.
func stepsIn(f *args.Fields, items []lua.LValue) (steps []checks.Step) {
	for i, item := range items {
		place := strconv.Itoa(i + 1)
		table, ok := item.(*lua.LTable)
		if !ok {
			if item != lua.LNil {
				f.Mistake(place, `want a table such as { send = "PING" } or { expect = "PONG" }, got %s`, args.Show(item))
			}
			continue
		}
		steps = append(steps, readStep(f.Item(i+1)))
		if first, _ := table.Next(lua.LNil); first == lua.LNil {
			f.Mistake(place, "neither sends nor expects anything")
		}
	}
	return steps
}

func hasAny(f *args.Fields, names []string) bool {
	for _, name := range names {
		if f.Has(name) {
			return true
		}
	}
	return false
}
