package luaapi

import (
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"path"
	"strings"

	lua "github.com/yuin/gopher-lua"

	"luavs/luaapi/args"
	"luavs/luaapi/vm"
)

// newData returns the module data, for lists that are too long for a policy's
// own text: the time that Lua needs to compile a literal list grows with the
// square of its length.
func newData(rt *runtime, L *lua.LState, codec *jsonCodec) *lua.LTable {
	return L.SetFuncs(L.CreateTable(0, 1), map[string]lua.LGFunction{
		"load": func(L *lua.LState) int { return dataLoad(rt, L, codec) },
	})
}

// decodeData makes a value of a text in the format that the end of its name says.
func decodeData(L *lua.LState, c *jsonCodec, format, text string) (lua.LValue, error) {
	switch format {
	case ".json":
		return c.decode(L, text)
	case ".csv":
		return csvRows(L, text)
	}
	return textLines(L, text), nil
}

// dataLoad is data.load(NAME). The policy cannot do without what is missing, so
// all that goes wrong is an error.
func dataLoad(rt *runtime, L *lua.LState, codec *jsonCodec) int {
	name := argText(L, 1, "data.load")
	if !rt.script && !rt.loading.Load() {
		L.RaiseError("data.load: reads a file while the policy loads, and again when the file changes; keep what it returns in a local")
	}
	format := path.Ext(name)
	if format != ".json" && format != ".csv" && format != ".txt" {
		L.RaiseError(`data.load: %s: want a name that ends with .json, .csv or .txt, as in data.load "servers.json"`, args.Show(L.Get(1)))
	}
	var text []byte
	var err error
	vm.Wait(L, func(context.Context) { text, err = rt.folder.Read(name) })
	if err != nil {
		L.RaiseError("data.load: %v", err)
	}
	value, err := decodeData(L, codec, format, string(text))
	if err != nil {
		L.RaiseError("data.load: %s: %v", name, err)
	}
	L.Push(value)
	return 1
}

// csvRows returns a list with a table for each row; the first row has the names
// of the fields. A field that is written as Lua writes a number is one, and an
// empty field is not there.
func csvRows(L *lua.LState, text string) (lua.LValue, error) {
	r := csv.NewReader(strings.NewReader(text))
	r.Comment, r.TrimLeadingSpace, r.ReuseRecord = '#', true, true
	names, rows := []string(nil), L.NewTable()
	for items := 0; ; {
		row, err := r.Read()
		switch {
		case err == io.EOF && names == nil:
			return nil, errors.New("it is empty: want the names of the fields in the first row")
		case err == io.EOF:
			return rows, nil
		case err != nil:
			return nil, err
		case names == nil:
			if names, err = fieldNames(row); err != nil {
				return nil, err
			}
			continue
		}
		if items += len(row); items > maxJSONItems {
			return nil, fmt.Errorf("more than %d fields", maxJSONItems)
		}
		rows.Append(csvRow(L, names, row))
	}
}

// fieldNames reads the first row.
func fieldNames(row []string) ([]string, error) {
	var names []string
	seen := map[string]bool{}
	for i, name := range row {
		name = strings.TrimSpace(strings.TrimPrefix(name, "\ufeff"))
		if name == "" || seen[name] {
			return nil, fmt.Errorf("line 1: field %d has the name %q: want a name of its own for each", i+1, name)
		}
		seen[name] = true
		names = append(names, name)
	}
	return names, nil
}

func csvRow(L *lua.LState, names, row []string) *lua.LTable {
	t := L.CreateTable(0, len(row))
	for i, text := range row {
		text = strings.TrimSpace(text)
		switch n, ok := vm.Number(text); {
		case text == "":
		case ok:
			t.RawSetString(names[i], n)
		default:
			t.RawSetString(names[i], lua.LString(text))
		}
	}
	return t
}

// textLines returns a list of the lines, without blanks around them, empty ones
// and comments, which begin with #.
func textLines(L *lua.LState, text string) *lua.LTable {
	lines := L.NewTable()
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); line != "" && line[0] != '#' {
			lines.Append(lua.LString(line))
		}
	}
	return lines
}
