package checks

import (
	"fmt"
	"strconv"
	"strings"
)

// A JSONPath leads to a value within a JSON text.
type JSONPath []jsonStep

// jsonStep is one step of a path: a name, or a position in a list.
type jsonStep struct {
	name  string
	index int // from 0; -1 for a name
}

// maxJSONPath bounds the text of a path, in bytes.
const maxJSONPath = 1000

// ParseJSONPath reads a path such as "db.connected", "queues[0].depth" or
// `["a.b"].c`: names with dots between, positions in lists from 0 in brackets,
// and names with other characters as JSON strings in brackets.
func ParseJSONPath(text string) (JSONPath, error) {
	if len(text) > maxJSONPath {
		return nil, fmt.Errorf("path of %d bytes: want at most %d", len(text), maxJSONPath)
	}
	var path JSONPath
	for rest := text; rest != "" || path == nil; {
		step, n := nextJSONStep(rest, path == nil)
		if n == 0 {
			return nil, fmt.Errorf("path %s: want names and positions such as db.connected, queues[0].depth or [\"a.b\"]; at %s", shortQuote(text), shortQuote(rest))
		}
		path, rest = append(path, step), rest[n:]
	}
	return path, nil
}

// nextJSONStep reads the step that text begins with, and how many bytes it
// has; 0 if there is none.
func nextJSONStep(text string, first bool) (jsonStep, int) {
	if inner, ok := strings.CutPrefix(text, "["); ok {
		return bracketStep(text, inner)
	}
	name := text
	if !first {
		if name, _ = strings.CutPrefix(text, "."); len(name) == len(text) {
			return jsonStep{}, 0
		}
	}
	skipped := len(text) - len(name)
	if end := strings.IndexAny(name, `.[]"`); end >= 0 {
		name = name[:end]
	}
	if name == "" {
		return jsonStep{}, 0
	}
	return jsonStep{name, -1}, skipped + len(name)
}

// bracketStep reads [3] or ["name"]; inner is text after the bracket.
func bracketStep(text, inner string) (jsonStep, int) {
	if quoted, err := strconv.QuotedPrefix(inner); err == nil && quoted[0] == '"' {
		name, err := strconv.Unquote(quoted)
		if err != nil || !strings.HasPrefix(inner[len(quoted):], "]") {
			return jsonStep{}, 0
		}
		return jsonStep{name, -1}, len(quoted) + len("[]")
	}
	digits, _, ok := strings.Cut(inner, "]")
	index, err := strconv.ParseUint(digits, 10, 31)
	if !ok || err != nil || strconv.FormatUint(index, 10) != digits {
		return jsonStep{}, 0
	}
	return jsonStep{"", int(index)}, len(digits) + len("[]")
}

// String is the path as [ParseJSONPath] reads it.
func (p JSONPath) String() string {
	var b strings.Builder
	for i, s := range p {
		switch {
		case s.index >= 0:
			fmt.Fprintf(&b, "[%d]", s.index)
		case s.name == "" || strings.ContainsAny(s.name, `.[]"`):
			fmt.Fprintf(&b, "[%q]", s.name)
		case i == 0:
			b.WriteString(s.name)
		default:
			b.WriteString("." + s.name)
		}
	}
	return b.String()
}

// find is the value that the path leads to; nil if there is none.
func (p JSONPath) find(v any) any {
	for _, s := range p {
		switch at := v.(type) {
		case map[string]any:
			if v = at[s.name]; s.index >= 0 {
				return nil
			}
		case []any:
			if s.index < 0 || s.index >= len(at) {
				return nil
			}
			v = at[s.index]
		default:
			return nil
		}
	}
	return v
}
