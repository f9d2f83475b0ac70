package layout

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const limit = 1 << 20

// list splits "1 -2 text" into values: what looks like a number is one.
func list(text string) []any {
	var values []any
	for word := range strings.FieldsSeq(text) {
		var n float64
		if _, err := fmt.Sscanf(word, "%g", &n); err == nil {
			values = append(values, n)
		} else {
			values = append(values, word)
		}
	}
	return values
}

func TestPackAndUnpack(t *testing.T) {
	for _, c := range []struct{ format, values, want string }{
		{"", "", ""},
		{"B b", "255 -1", "\xff\xff"},
		{"I2", "258", "\x02\x01"},
		{">I2", "258", "\x01\x02"},
		{">I3 <I3", "66051 66051", "\x01\x02\x03\x03\x02\x01"},
		{">i4", "-2", "\xff\xff\xff\xfe"},
		{"I8", "9007199254740992", "\x00\x00\x00\x00\x00\x00\x20\x00"},
		{">i8", "-1", "\xff\xff\xff\xff\xff\xff\xff\xff"},
		{">f", "1.5", "\x3f\xc0\x00\x00"},
		{">d", "-2", "\xc0\x00\x00\x00\x00\x00\x00\x00"},
		{"s1", "abc", "\x03abc"},
		{">s2", "abc", "\x00\x03abc"},
		{"z B", "abc 7", "abc\x00\x07"},
		{"c3", "abc", "abc"},
		{"BxB", "1 2", "\x01\x00\x02"},
		{"Bx3B", "1 2", "\x01\x00\x00\x00\x02"},
		{">I2I2 s1", "1 2 x", "\x00\x01\x00\x02\x01x"},
	} {
		t.Run(c.format, func(t *testing.T) {
			items, err := Parse(c.format)
			if err != nil {
				t.Fatal(err)
			}
			got, err := Pack(items, list(c.values), limit)
			if err != nil || string(got) != c.want {
				t.Fatalf("packed %q, %v; want %q", got, err, c.want)
			}
			back, next, err := Unpack(items, "before"+c.want+"after", len("before"))
			if err != nil || next != len("before"+c.want) {
				t.Fatalf("the end is at %d, %v", next, err)
			}
			if diff := cmp.Diff(list(c.values), back); diff != "" {
				t.Errorf("unpacked (-want +got):\n%s", diff)
			}
		})
	}
}

func TestFormatsThatAreNone(t *testing.T) {
	for format, want := range map[string]string{
		"k":                       `format: there is no letter 'k'`,
		"!4":                      `format: there is no letter '!'`,
		"h":                       `format: there is no letter 'h'`,
		"I":                       `format: want a size from 1 to 8 after 'I'`,
		"I0":                      `format: want a size from 1 to 8 after 'I'`,
		"i9":                      `format: want a size from 1 to 8 after 'i'`,
		"s":                       `format: want a size from 1 to 8 after 's'`,
		"c":                       `format: want a size from 1 to 65536 after 'c'`,
		"c99999999999999999":      `format: want a size from 1 to 65536 after 'c'`,
		"B2":                      `format: 'B' takes no size`,
		strings.Repeat("B", 1000): `a format of 1000 bytes; 256 are the most`,
	} {
		if _, err := Parse(format); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%.20s: %v, want %s", format, err, want)
		}
	}
}

func TestValuesThatDoNotFit(t *testing.T) {
	long := strings.Repeat("x", 256)
	for _, c := range []struct {
		format string
		values []any
		want   string
	}{
		{"B", list("256"), "value 1: want a whole number from 0 to 255, got 256"},
		{"B", list("-1"), "value 1: want a whole number from 0 to 255, got -1"},
		{"B b", list("1 128"), "value 2: want a whole number from -128 to 127, got 128"},
		{"B", list("1.5"), "value 1: want a whole number from 0 to 255, got 1.5"},
		{"I8", list("1e16"), "value 1: want a whole number from 0 to 9007199254740992, got 1e+16"},
		{"B", list("text"), "value 1: want a number, got a string"},
		{"z", list("1"), "value 1: want a string, got a number"},
		{"BB", list("1"), "value 2 is missing"},
		{"B", list("1 2"), "2 values, and the format is for 1"},
		{"z", []any{"a\x00b"}, "value 1: a zero byte is in the text, and ends it"},
		{"s1", []any{long}, "value 1: a text of 256 bytes: its length does not fit in 1 bytes"},
		{"c2", list("abc"), "value 1: a text of 3 bytes does not fit in 2"},
	} {
		items, err := Parse(c.format)
		if err != nil {
			t.Fatal(err)
		}
		if _, err = Pack(items, c.values, limit); err == nil || err.Error() != c.want {
			t.Errorf("%s: %v\nwant %s", c.format, err, c.want)
		}
	}
	items, _ := Parse("c65536 c65536")
	if _, err := Pack(items, []any{"", ""}, 1000); err == nil || err.Error() != "the result is longer than 1000 bytes" {
		t.Errorf("too long: %v", err)
	}
}

func TestDataThatIsTooShort(t *testing.T) {
	for _, c := range []struct{ format, data, want string }{
		{"B", "", "byte 1: 0 bytes are left, want 1"},
		{">I2 I4", "\x00\x01\x00", "byte 3: 1 bytes are left, want 4"},
		{"s1", "\x05abc", "byte 1: a text of 5 bytes, and 3 are left"},
		{"s8", "\xff\xff\xff\xff\xff\xff\xff\xff", "byte 1: a text of 18446744073709551615 bytes, and 0 are left"},
		{"z", "abc", "byte 1: the text has no end in 3 bytes"},
		{"x4", "abc", "byte 1: 3 bytes are left, want 4"},
		{"c4", "abc", "byte 1: 3 bytes are left, want 4"},
		{"I8", "\xff\xff\xff\xff\xff\xff\xff\xff", "byte 1: the number 18446744073709551615 is too large"},
		{">i8", "\x80\x00\x00\x00\x00\x00\x00\x00", "byte 1: the number -9223372036854775808 is too large"},
	} {
		items, err := Parse(c.format)
		if err != nil {
			t.Fatal(err)
		}
		if _, _, err := Unpack(items, c.data, 0); err == nil || err.Error() != c.want {
			t.Errorf("%s: %v\nwant %s", c.format, err, c.want)
		}
	}
}

// FuzzUnpack reads anything by anything. What was read is written as the same
// bytes, but for padding, and for NaNs, of which there are many.
func FuzzUnpack(f *testing.F) {
	f.Add(">I2 s1 z", "\x00\x01\x02abxyz\x00")
	f.Add("i8 B x c3 f d", strings.Repeat("\x07", 32))
	f.Fuzz(func(t *testing.T, format, data string) {
		items, err := Parse(format)
		if err != nil {
			return
		}
		values, next, err := Unpack(items, data, 0)
		if err != nil || strings.ContainsAny(format, "fdx") {
			return
		}
		again, err := Pack(items, values, len(data)+1)
		if err != nil || string(again) != data[:next] {
			t.Fatalf("%q: read %q as %v and wrote %q, %v", format, data[:next], values, again, err)
		}
	})
}
