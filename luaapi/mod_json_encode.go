package luaapi

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	lua "github.com/yuin/gopher-lua"

	"luavs/luaapi/args"
)

// A jsonWriter turns one value into text.
type jsonWriter struct {
	codec *jsonCodec
	out   []byte
	path  []string // from the outermost value to the one being written
	open  []*lua.LTable
}

// encode returns the JSON text of a value: names sorted, no blanks unless
// pretty.
func (c *jsonCodec) encode(v lua.LValue, pretty bool) (string, error) {
	w := &jsonWriter{codec: c}
	if err := w.value(v); err != nil {
		return "", fmt.Errorf("%s: %w", strings.Join(append([]string{"value"}, w.path...), ""), err)
	}
	if !pretty {
		return string(w.out), nil
	}
	var b bytes.Buffer
	err := json.Indent(&b, w.out, "", "  ")
	return b.String(), err
}

func (w *jsonWriter) value(v lua.LValue) error {
	switch v := v.(type) {
	case *lua.LNilType:
		w.out = append(w.out, "null"...)
	case lua.LBool:
		w.out = strconv.AppendBool(w.out, bool(v))
	case lua.LNumber:
		return w.number(float64(v))
	case lua.LString:
		return w.string(string(v))
	case *lua.LTable:
		return w.table(v)
	default:
		if v != w.codec.null {
			return fmt.Errorf("%s has no JSON form", args.Show(v))
		}
		w.out = append(w.out, "null"...)
	}
	return nil
}

func (w *jsonWriter) tooLong() error {
	return fmt.Errorf("the text would be longer than %d bytes", maxJSON)
}

func (w *jsonWriter) number(n float64) error {
	switch {
	case math.IsNaN(n) || math.IsInf(n, 0):
		return fmt.Errorf("%v has no JSON form", n)
	case n == math.Trunc(n) && math.Abs(n) <= maxExact:
		w.out = strconv.AppendInt(w.out, int64(n), 10)
	default:
		w.out = strconv.AppendFloat(w.out, n, 'g', -1, 64)
	}
	return nil
}

func (w *jsonWriter) string(s string) error {
	if !utf8.ValidString(s) {
		return fmt.Errorf("the string %s is not UTF-8", args.Show(lua.LString(s)))
	}
	if len(w.out)+len(s) > maxJSON {
		return w.tooLong()
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(s); err != nil {
		return err
	}
	w.out = append(w.out, bytes.TrimSuffix(b.Bytes(), []byte("\n"))...)
	return nil
}

func (w *jsonWriter) table(t *lua.LTable) error {
	if slices.Contains(w.open, t) {
		return fmt.Errorf("the table contains itself")
	}
	if len(w.open) >= maxJSONDepth {
		return fmt.Errorf("more than %d tables inside each other", maxJSONDepth)
	}
	w.open = append(w.open, t)
	names, size, err := w.keys(t)
	if err == nil && (size > 0 || t.Metatable == w.codec.array) {
		err = w.array(t, size)
	} else if err == nil {
		err = w.object(t, names)
	}
	w.open = w.open[:len(w.open)-1]
	return err
}

// keys returns the names in a table, sorted, or the size of the list it is. A
// table is one or the other.
func (w *jsonWriter) keys(t *lua.LTable) (names []string, size int, err error) {
	length := t.Len()
	t.ForEach(func(k, _ lua.LValue) {
		if name, ok := k.(lua.LString); ok {
			names = append(names, string(name))
		} else if _, ok := args.Whole(k, 1, length); ok {
			size++
		} else if err == nil {
			err = fmt.Errorf("%s is no position in a list without gaps, and no name", args.Show(k))
		}
	})
	if err == nil && size < length {
		err = fmt.Errorf("the list has gaps")
	}
	if err == nil && len(names) > 0 && (size > 0 || t.Metatable == w.codec.array) {
		err = fmt.Errorf("the table has list items and names (%q)", slices.Min(names))
	}
	slices.Sort(names)
	return names, size, err
}

func (w *jsonWriter) array(t *lua.LTable, size int) error {
	w.out = append(w.out, '[')
	for i := 1; i <= size; i++ {
		if i > 1 {
			w.out = append(w.out, ',')
		}
		if err := w.below(fmt.Sprintf("[%d]", i), t.RawGetInt(i)); err != nil {
			return err
		}
	}
	w.out = append(w.out, ']')
	return nil
}

func (w *jsonWriter) object(t *lua.LTable, names []string) error {
	w.out = append(w.out, '{')
	for i, name := range names {
		if i > 0 {
			w.out = append(w.out, ',')
		}
		if err := w.string(name); err != nil {
			return err
		}
		w.out = append(w.out, ':')
		if err := w.below("."+name, t.RawGetString(name)); err != nil {
			return err
		}
	}
	w.out = append(w.out, '}')
	return nil
}

// below writes a value inside the present one; after an error the path leads
// to it.
func (w *jsonWriter) below(step string, v lua.LValue) error {
	w.path = append(w.path, step)
	if err := w.value(v); err != nil {
		return err
	}
	if len(w.out) > maxJSON {
		return w.tooLong()
	}
	w.path = w.path[:len(w.path)-1]
	return nil
}
