package metrics

import (
	"bufio"
	"io"
	"strconv"
	"strings"
)

// ContentType is that of the text that Write writes.
const ContentType = "text/plain; version=0.0.4; charset=utf-8"

// A Kind is what a figure does.
type Kind string

// The kinds of figures.
const (
	Counter Kind = "counter" // grows
	Gauge   Kind = "gauge"   // goes up and down
	Summary Kind = "summary" // has quantiles
)

// A Family is figures of one name.
type Family struct {
	Name    string
	Help    string // one line
	Kind    Kind
	Samples []Sample
}

// A Sample is one figure.
type Sample struct {
	Labels []Label
	Value  float64
}

// A Label tells one figure from others of its name.
type Label struct{ Name, Value string }

// Add adds a figure; labels are names and values in turn.
func (f *Family) Add(value float64, labels ...string) {
	s := Sample{Value: value}
	for i := 0; i+1 < len(labels); i += 2 {
		s.Labels = append(s.Labels, Label{labels[i], labels[i+1]})
	}
	f.Samples = append(f.Samples, s)
}

// Write writes families in their order. One without figures is left out.
func Write(w io.Writer, families []Family) error {
	b := bufio.NewWriter(w)
	for _, f := range families {
		if len(f.Samples) == 0 {
			continue
		}
		if f.Help != "" {
			b.WriteString("# HELP " + f.Name + " " + escaped(f.Help, false) + "\n")
		}
		b.WriteString("# TYPE " + f.Name + " " + string(f.Kind) + "\n")
		for _, s := range f.Samples {
			b.WriteString(f.Name + labelText(s.Labels) + " " + strconv.FormatFloat(s.Value, 'g', -1, 64) + "\n")
		}
	}
	return b.Flush()
}

// escaped is a text with backslashes for what would end it.
func escaped(text string, quotes bool) string {
	text = strings.ReplaceAll(strings.ToValidUTF8(text, "\uFFFD"), `\`, `\\`)
	text = strings.ReplaceAll(text, "\n", `\n`)
	if quotes {
		text = strings.ReplaceAll(text, `"`, `\"`)
	}
	return text
}

// labelText is labels in braces, or nothing.
func labelText(labels []Label) string {
	if len(labels) == 0 {
		return ""
	}
	parts := make([]string, len(labels))
	for i, l := range labels {
		parts[i] = l.Name + `="` + escaped(l.Value, true) + `"`
	}
	return "{" + strings.Join(parts, ",") + "}"
}
