package luaapi

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode/utf8"

	lua "github.com/yuin/gopher-lua"

	"luavs/luaapi/vm"
)

// A jsonReader turns one text into a value.
type jsonReader struct {
	codec *jsonCodec
	state *lua.LState
	text  string
	dec   *json.Decoder
	items int
}

// decode returns the value that a JSON text is. The text must be one value in
// UTF-8, with each name of an object once.
func (c *jsonCodec) decode(L *lua.LState, text string) (lua.LValue, error) {
	vm.Work(L, len(text))
	if len(text) > maxJSON {
		return nil, fmt.Errorf("the text is %d bytes long, want at most %d", len(text), maxJSON)
	}
	r := &jsonReader{codec: c, state: L, text: text, dec: json.NewDecoder(strings.NewReader(text))}
	if !utf8.ValidString(text) {
		return nil, r.place(errors.New("not UTF-8"), int64(invalidAt(text)))
	}
	r.dec.UseNumber()
	v, err := r.value(0)
	if err == nil {
		err = r.end()
	}
	if err != nil {
		return nil, r.locate(err)
	}
	return v, nil
}

// end makes sure that nothing follows the value.
func (r *jsonReader) end() error {
	switch _, err := r.dec.Token(); err {
	case io.EOF:
		return nil
	case nil:
		return errors.New("more text after the value")
	default:
		return err
	}
}

func (r *jsonReader) value(depth int) (lua.LValue, error) {
	token, err := r.dec.Token()
	if err != nil {
		return nil, err
	}
	return r.of(token, depth)
}

// of returns the value that begins with a token.
func (r *jsonReader) of(token json.Token, depth int) (lua.LValue, error) {
	if r.items++; r.items > maxJSONItems {
		return nil, fmt.Errorf("more than %d values", maxJSONItems)
	}
	switch token := token.(type) {
	case string:
		return lua.LString(token), nil
	case json.Number:
		return jsonNumber(token.String())
	case bool:
		return lua.LBool(token), nil
	case json.Delim:
		if depth++; depth > maxJSONDepth {
			return nil, fmt.Errorf("more than %d arrays and objects inside each other", maxJSONDepth)
		}
		if token == '[' {
			return r.array(depth)
		}
		return r.object(depth)
	}
	return r.codec.null, nil
}

func (r *jsonReader) array(depth int) (lua.LValue, error) {
	t := r.state.CreateTable(0, 0)
	t.Metatable = r.codec.array
	for i := 1; r.dec.More(); i++ {
		v, err := r.value(depth)
		if err != nil {
			return nil, err
		}
		t.RawSetInt(i, v)
	}
	_, err := r.dec.Token()
	return t, err
}

func (r *jsonReader) object(depth int) (lua.LValue, error) {
	t := r.state.CreateTable(0, 0)
	for r.dec.More() {
		name, err := r.dec.Token()
		if err != nil {
			return nil, err
		}
		key := name.(string)
		if t.RawGetString(key) != lua.LNil {
			return nil, fmt.Errorf("the name %q comes twice in one object", key)
		}
		v, err := r.value(depth)
		if err != nil {
			return nil, err
		}
		t.RawSetString(key, v)
	}
	_, err := r.dec.Token()
	return t, err
}

// jsonNumber returns a number, or its digits as a string if it is a whole
// number that Lua cannot hold exactly.
func jsonNumber(text string) (lua.LValue, error) {
	n, err := strconv.ParseFloat(text, 64)
	if err != nil {
		return nil, fmt.Errorf("the number %.40s is too large", text)
	}
	if !strings.ContainsAny(text, ".eE") {
		if i, err := strconv.ParseInt(text, 10, 64); err != nil || i > maxExact || i < -maxExact {
			return lua.LString(text), nil
		}
	}
	return lua.LNumber(n), nil
}

// locate puts the place of an error before it: where the value, name or sign
// begins that is wrong.
func (r *jsonReader) locate(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return r.place(errors.New("the text ends too soon"), int64(len(r.text)))
	}
	return r.place(err, r.dec.InputOffset())
}

// place turns an offset into line and column, both from 1.
func (r *jsonReader) place(err error, at int64) error {
	before := r.text[:min(at, int64(len(r.text)))]
	line := strings.Count(before, "\n") + 1
	column := len(before) - strings.LastIndexByte(before, '\n')
	return fmt.Errorf("line %d, column %d: %w", line, column, err)
}

// invalidAt returns where a text stops being UTF-8.
func invalidAt(text string) int {
	for i, r := range text {
		if r == utf8.RuneError && !strings.HasPrefix(text[i:], "\uFFFD") {
			return i
		}
	}
	return len(text)
}
