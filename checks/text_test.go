package checks

import (
	"strings"
	"testing"
	"unicode/utf8"
)

func TestOneLine(t *testing.T) {
	tests := []struct{ name, text, want string }{
		{"nothing", "", ""},
		{"only space", " \r\n\t\n", ""},
		{"one line", "disk full", "disk full"},
		{"the first line that says anything", "\n\n  disk full\r\nmore\n", "disk full"},
		{"tabs are space", "a\tb", "a b"},
		{"a terminal is not taken over", "\x1b[2Jhi\x07", ".[2Jhi."},
		{"no hidden direction", "a\u202eb", "a.b"},
		{"bytes that are no text", "a\xffb", "a\ufffdb"},
		{"long", strings.Repeat("x", 300), strings.Repeat("x", 197) + "..."},
		{"long, cut between runes", strings.Repeat("é", 150), strings.Repeat("é", 98) + "..."},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := OneLine(tt.text); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

func FuzzOneLine(f *testing.F) {
	f.Add("exit\x00\n")
	f.Add(strings.Repeat("\u00e9\xff", 150))
	f.Fuzz(func(t *testing.T, text string) {
		line := OneLine(text)
		if len(line) > reasonLimit || !utf8.ValidString(line) || strings.ContainsAny(line, "\n\r\x1b") {
			t.Errorf("%q gives %q", text, line)
		}
	})
}

// Two checks are one only if all settings are the same, so no text may look
// like two fields, or two fields like one text.
func TestIdentitiesDoNotRunTogether(t *testing.T) {
	exec := func(args ...string) string { return (&Exec{command: Command{Args: args}}).String() }
	seen := map[string][]string{}
	for _, args := range [][]string{
		{"/a", "b", "c"}, {"/a", "b c"}, {"/a", `"b c"`}, {"/a", "b", "", "c"}, {"/a", `b" "c`},
		{"/a", "dir=/x"}, {"/a", "b\nc"}, {"/a", "b\xff"}, {"/a", "b\ufffd"},
	} {
		text := exec(args...)
		if other, ok := seen[text]; ok {
			t.Errorf("%q and %q are both %s", args, other, text)
		}
		seen[text] = args
	}
}
