package layout

import (
	"encoding/binary"
	"fmt"
)

// Limits of a format.
const (
	maxFormat = 256     // bytes of a format
	maxText   = 1 << 16 // bytes of a text of a fixed size
)

// An Item says how one value is written. Parse makes it.
type Item struct {
	letter byte // one of i I f d s z c x
	size   int  // bytes: of a number, of a text's length, of a text
	order  binary.ByteOrder
}

// Parse reads a format: letters with a size after some of them, blanks between
// them as one likes. Numbers are little-endian until > says otherwise.
//
//	>  <         big-endian, little-endian from here on
//	b  B         one byte, with and without a sign
//	i1 ... i8    a whole number with a sign, of so many bytes
//	I1 ... I8    a whole number without
//	f  d         IEEE 754 of 4 and 8 bytes
//	s1 ... s8    a text after its length, which has so many bytes
//	z            a text up to a zero byte
//	cN           a text of N bytes, padded with zero bytes; N is 1 to 65536
//	xN           N bytes that stand for no value, written as zeros; x is one
func Parse(format string) ([]Item, error) {
	if len(format) > maxFormat {
		return nil, fmt.Errorf("a format of %d bytes; %d are the most", len(format), maxFormat)
	}
	var items []Item
	var order binary.ByteOrder = binary.LittleEndian
	for i := 0; i < len(format); {
		letter := format[i]
		size, end := number(format, i+1)
		switch letter {
		case ' ':
		case '<':
			order = binary.LittleEndian
		case '>':
			order = binary.BigEndian
		default:
			item, err := itemOf(letter, size)
			if err != nil {
				return nil, err
			}
			item.order = order
			items = append(items, item)
			i = end
			continue
		}
		i++
	}
	return items, nil
}

// number reads the digits from i on; -1 if there are none.
func number(format string, i int) (n, end int) {
	n = -1
	for end = i; end < len(format) && '0' <= format[end] && format[end] <= '9'; end++ {
		n = min(max(n, 0)*10+int(format[end]-'0'), maxText+1)
	}
	return n, end
}

// fixed returns the item of a letter whose size is its own.
func fixed(letter byte) (item Item, ok bool) {
	switch letter {
	case 'b':
		return Item{letter: 'i', size: 1}, true
	case 'B':
		return Item{letter: 'I', size: 1}, true
	case 'f':
		return Item{letter: 'f', size: 4}, true
	case 'd':
		return Item{letter: 'd', size: 8}, true
	case 'z':
		return Item{letter: 'z'}, true
	}
	return Item{}, false
}

// largest returns the largest size that can stand after a letter; 0 if none can.
func largest(letter byte) int {
	switch letter {
	case 'i', 'I', 's':
		return 8
	case 'c', 'x':
		return maxText
	}
	return 0
}

// itemOf makes the item of a letter with the size after it, which is -1 if
// there is none.
func itemOf(letter byte, size int) (Item, error) {
	most := largest(letter)
	if letter == 'x' && size < 0 {
		size = 1
	}
	item, ok := fixed(letter)
	switch {
	case most > 0 && (size < 1 || size > most):
		return Item{}, fmt.Errorf("format: want a size from 1 to %d after %q", most, letter)
	case most > 0:
		return Item{letter: letter, size: size}, nil
	case !ok:
		return Item{}, fmt.Errorf("format: there is no letter %q; there are b B i I f d s z c x < >", letter)
	case size >= 0:
		return Item{}, fmt.Errorf("format: %q takes no size", letter)
	}
	return item, nil
}
