package checks

import (
	"strings"
	"testing"
)

func TestParseStatusSet(t *testing.T) {
	tests := []struct{ text, want string }{
		{"200", "200"},
		{"200-299", "200-299"},
		{"200-299,301", "200-299,301"},
		{"301, 200-299", "200-299,301"},
		{"200,201,202", "200-202"},
		{"200-210,205-220,210", "200-220"},
		{"404-404", "404"},
		{"100-999", "100-999"},
	}
	for _, tt := range tests {
		s, err := ParseStatusSet(tt.text)
		if err != nil || s.String() != tt.want {
			t.Errorf("%q: got %v, %v, want %s", tt.text, s, err, tt.want)
		}
	}
}

func TestParseStatusSetSaysWhatIsWrong(t *testing.T) {
	tests := []struct{ text, want string }{
		{"", `status "": want a code from 100 to 999, or a range such as 200-299`},
		{"200,", `status "": want a code from 100 to 999, or a range such as 200-299`},
		{"99", `status "99": want a code from 100 to 999, or a range such as 200-299`},
		{"099", `status "099": want a code from 100 to 999, or a range such as 200-299`},
		{"1000", `status "1000": want a code from 100 to 999, or a range such as 200-299`},
		{"2xx", `status "2xx": "2xx" is no number: want a code such as 200 or a range such as 200-299`},
		{"299-200", `status "299-200": the range ends before it starts: write 200-299`},
		{"200-", `status "200-": want a code from 100 to 999, or a range such as 200-299`},
		{"200-299-300", `status "200-299-300": "299-300" is no number: want a code such as 200 or a range such as 200-299`},
		{"+200", `status "+200": "+200" is no number: want a code such as 200 or a range such as 200-299`},
	}
	for _, tt := range tests {
		if s, err := ParseStatusSet(tt.text); err == nil || err.Error() != tt.want || s != (StatusSet{}) {
			t.Errorf("%q: got %v, %v\nwant %s", tt.text, s, err, tt.want)
		}
	}
}

func TestStatusSetContains(t *testing.T) {
	s, err := ParseStatusSet("200-299,301")
	if err != nil {
		t.Fatal(err)
	}
	for code, want := range map[int]bool{
		199: false, 200: true, 250: true, 299: true, 300: false, 301: true, 302: false,
		-1: false, 0: false, 99: false, 1000: false, 1 << 40: false,
	} {
		if s.Contains(code) != want {
			t.Errorf("contains %d: got %t", code, !want)
		}
	}
	if (StatusSet{}).Contains(200) || (StatusSet{}).String() != "" {
		t.Error("the zero set is not empty")
	}
}

func FuzzParseStatusSet(f *testing.F) {
	for _, text := range []string{"200-299,301", "100-999", " 200 ", "2-3", "200-,", "٢٠٠"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		s, err := ParseStatusSet(text)
		if err != nil {
			return
		}
		again, err := ParseStatusSet(s.String())
		if err != nil || again != s {
			t.Errorf("%q gives %v, which gives %v, %v", text, s, again, err)
		}
		for item := range strings.SplitSeq(text, ",") {
			first, last, err := parseRange(strings.TrimSpace(item))
			if err != nil || !s.Contains(first) || !s.Contains(last) {
				t.Errorf("%q: %v lacks %q", text, s, item)
			}
		}
	})
}
