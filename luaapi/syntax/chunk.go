package syntax

import (
	"bytes"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"sync"

	lua "github.com/yuin/gopher-lua"
	"github.com/yuin/gopher-lua/parse"
)

// MaxSize is the size of the largest text that is accepted, in bytes.
const MaxSize = 1 << 20

// A Chunk is the compiled text of a policy. It is immutable: any number of VMs share it.
type Chunk struct {
	name    string
	proto   *lua.FunctionProto
	globals []Use
	repeats []Repeat

	// What only a mistake needs is made of the text when somebody asks.
	lines func() []string
	calls func() []call
}

// Parse compiles src, the text of the file name. Mistakes come back as [Errors].
func Parse(name string, src []byte) (*Chunk, error) {
	if len(src) > MaxSize {
		return nil, Errors{{File: name, Line: 1, Message: fmt.Sprintf("the file has %d bytes; %d are the limit", len(src), MaxSize)}}
	}
	text := clean(src)
	c := &Chunk{
		name:  name,
		lines: sync.OnceValue(func() []string { return splitLines(text) }),
		calls: sync.OnceValue(func() []call { return callsIn(text) }),
	}
	errs := c.compile(text)
	for _, err := range errs {
		err.File = name
		err.Excerpt = c.Excerpt(err.Line, err.Column)
	}
	if len(errs) > 0 {
		return nil, errs
	}
	return c, nil
}

// compile takes text through the steps.
func (c *Chunk) compile(text string) Errors {
	tokens, errs := scan(text)
	found := check(tokens)
	if errs = append(errs, found.errs...); len(errs) > 0 {
		return Errors(errs).sorted()
	}
	c.repeats = found.repeats
	stmts, perr := parse.Parse(strings.NewReader(text), c.name)
	if perr != nil {
		return Errors{c.parseError(perr)}
	}
	n := &normalizer{}
	stmts = n.chunk(stmts)
	if n.err != nil {
		return Errors{n.err}
	}
	proto, cerr := lua.Compile(stmts, c.name)
	if cerr != nil {
		return Errors{compileError(cerr)}
	}
	repair(proto)
	nameCalls(proto)
	c.proto, c.globals = proto, globalsOf(nil, proto, false)
	return nil
}

// clean takes a byte order mark away, and the text of a #! line, whose line end stays.
func clean(src []byte) string {
	src = bytes.TrimPrefix(src, []byte("\ufeff"))
	if bytes.HasPrefix(src, []byte("#")) {
		i := bytes.IndexAny(src, "\r\n")
		if i < 0 {
			i = len(src)
		}
		src = src[i:]
	}
	return string(src)
}

// splitLines cuts text where Lua counts a line.
func splitLines(text string) []string {
	if strings.Contains(text, "\r") {
		text = strings.NewReplacer("\r\n", "\n", "\n\r", "\n", "\r", "\n").Replace(text)
	}
	return strings.Split(text, "\n")
}

// parseError is for what our grammar let pass and gopher-lua's parser does not.
func (c *Chunk) parseError(err error) *Error {
	var e *parse.Error
	if !errors.As(err, &e) || e.Pos.Line < 1 {
		return &Error{Line: len(c.lines()), Message: strings.TrimSpace(err.Error())}
	}
	return &Error{
		Line:    e.Pos.Line,
		Column:  max(1, e.Pos.Column-len(strings.TrimSpace(e.Token))+1),
		Message: fmt.Sprintf("%s near `%s`", e.Message, e.Token),
	}
}

// gotoLine finds the line that gopher-lua names only in its text.
var gotoLine = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`at line (\d+)`) })

func compileError(err error) *Error {
	var e *lua.CompileError
	if !errors.As(err, &e) {
		return &Error{Line: 1, Message: err.Error()}
	}
	line := e.Line
	if m := gotoLine().FindStringSubmatch(e.Message); m != nil {
		line, _ = strconv.Atoi(m[1])
	}
	if strings.HasPrefix(e.Message, "label ") {
		line-- // gopher-lua counts one too many there
	}
	return &Error{Line: max(line, 1), Message: e.Message}
}

// Name returns the name of the file.
func (c *Chunk) Name() string { return c.name }

// Proto returns the compiled chunk.
func (c *Chunk) Proto() *lua.FunctionProto { return c.proto }

// Excerpt shows the source line with its number and, if col is in it, a caret below col.
func (c *Chunk) Excerpt(line, col int) string { return excerpt(c.lines(), line, col) }
