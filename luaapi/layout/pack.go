package layout

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"strings"
)

// maxExact is the largest whole number up to which a float64 has all.
const maxExact = 1 << 53

// Pack writes values, each a float64 or a string, by a format, in at most
// limit bytes.
func Pack(items []Item, values []any, limit int) ([]byte, error) {
	var data []byte
	n := 0
	for _, item := range items {
		if item.letter == 'x' {
			data = append(data, make([]byte, item.size)...)
			continue
		}
		if n == len(values) {
			return nil, fmt.Errorf("value %d is missing", n+1)
		}
		var err error
		if data, err = item.pack(data, values[n]); err != nil {
			return nil, fmt.Errorf("value %d: %w", n+1, err)
		}
		if n++; len(data) > limit {
			return nil, fmt.Errorf("the result is longer than %d bytes", limit)
		}
	}
	if n < len(values) {
		return nil, fmt.Errorf("%d values, and the format is for %d", len(values), n)
	}
	return data, nil
}

func (it Item) pack(data []byte, value any) ([]byte, error) {
	text, isText := value.(string)
	number, _ := value.(float64)
	switch textual := strings.IndexByte("szc", it.letter) >= 0; {
	case textual && !isText:
		return nil, errors.New("want a string, got a number")
	case !textual && isText:
		return nil, errors.New("want a number, got a string")
	}
	switch it.letter {
	case 'f':
		return it.append(data, uint64(math.Float32bits(float32(number)))), nil
	case 'd':
		return it.append(data, math.Float64bits(number)), nil
	case 'i', 'I':
		return it.packWhole(data, number)
	}
	return it.packText(data, text)
}

func (it Item) packWhole(data []byte, n float64) ([]byte, error) {
	low, high := it.bounds()
	if n != math.Trunc(n) || n < low || n > high {
		return nil, fmt.Errorf("want a whole number from %.0f to %.0f, got %v", low, high, n)
	}
	return it.append(data, uint64(int64(n))), nil
}

// bounds are the least and the largest number of the size that Lua has exactly.
func (it Item) bounds() (low, high float64) {
	bits := float64(8 * it.size)
	if it.letter == 'I' {
		return 0, min(math.Exp2(bits)-1, maxExact)
	}
	return max(-math.Exp2(bits-1), -maxExact), min(math.Exp2(bits-1)-1, maxExact)
}

func (it Item) packText(data []byte, text string) ([]byte, error) {
	switch it.letter {
	case 'z':
		if strings.IndexByte(text, 0) >= 0 {
			return nil, errors.New("a zero byte is in the text, and ends it")
		}
		return append(append(data, text...), 0), nil
	case 's':
		if it.size < 8 && len(text) >= 1<<(8*it.size) {
			return nil, fmt.Errorf("a text of %d bytes: its length does not fit in %d bytes", len(text), it.size)
		}
		return append(it.append(data, uint64(len(text))), text...), nil
	}
	if len(text) > it.size {
		return nil, fmt.Errorf("a text of %d bytes does not fit in %d", len(text), it.size)
	}
	return append(append(data, text...), make([]byte, it.size-len(text))...), nil
}

// append adds the low bytes of n.
func (it Item) append(data []byte, n uint64) []byte {
	var all [8]byte
	if it.order == binary.BigEndian {
		binary.BigEndian.PutUint64(all[:], n)
		return append(data, all[8-it.size:]...)
	}
	binary.LittleEndian.PutUint64(all[:], n)
	return append(data, all[:it.size]...)
}
