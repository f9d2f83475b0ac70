package checks

import (
	"errors"
	"fmt"
	"strings"
)

// A Hex is bytes to look for, some of whose halves may be anything. The zero
// Hex is found everywhere.
type Hex struct {
	text        string // in lower case, without spaces
	value, mask []byte // a byte b fits when b & mask is value
}

// ParseHex reads hexadecimal digits, two to a byte, such as "00ff". A dot
// stands for any digit. Spaces between bytes do not count.
func ParseHex(text string) (Hex, error) {
	var h Hex
	for _, group := range strings.Fields(strings.ToLower(text)) {
		if len(group)%2 != 0 {
			return Hex{}, fmt.Errorf("%s: want two digits for each byte", shortQuote(group))
		}
		for i := 0; i < len(group); i += 2 {
			high, highMask, ok := nibble(group[i])
			low, lowMask, ok2 := nibble(group[i+1])
			if !ok || !ok2 {
				return Hex{}, fmt.Errorf("%q is no byte: want two of 0-9, a-f and . for any", group[i:i+2])
			}
			h.value = append(h.value, high<<4|low)
			h.mask = append(h.mask, highMask<<4|lowMask)
		}
		h.text += group
	}
	if h.text == "" {
		return Hex{}, errors.New("no bytes: want hexadecimal digits such as 0d0a")
	}
	return h, nil
}

func nibble(c byte) (value, mask byte, ok bool) {
	switch {
	case c == '.':
		return 0, 0, true
	case c >= '0' && c <= '9':
		return c - '0', 0xf, true
	case c >= 'a' && c <= 'f':
		return c - 'a' + 10, 0xf, true
	}
	return 0, 0, false
}

// Bytes are the bytes themselves; false if some may be anything.
func (h Hex) Bytes() ([]byte, bool) {
	return h.value, !strings.Contains(h.text, ".")
}

// String is the text it was read from, in lower case and without spaces.
func (h Hex) String() string { return h.text }

// end is where the first place in data ends that fits; -1 if none does.
func (h Hex) end(data []byte) int {
	for end := len(h.value); end <= len(data); end++ {
		if h.fits(data[end-len(h.value):]) {
			return end
		}
	}
	return -1
}

// fits reports whether data begins with such bytes. It is not shorter.
func (h Hex) fits(data []byte) bool {
	for i, want := range h.value {
		if data[i]&h.mask[i] != want {
			return false
		}
	}
	return true
}
