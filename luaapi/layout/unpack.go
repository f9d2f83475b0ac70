package layout

import (
	"encoding/binary"
	"fmt"
	"math"
	"strings"
)

// Unpack reads values by a format from the byte at from on, and returns them,
// and where the next one begins. An error says that data is too short, or has a
// number that is too large for Lua.
func Unpack(items []Item, data string, from int) (values []any, next int, err error) {
	next = from
	for _, item := range items {
		value, size, err := item.unpack(data[next:])
		if err != nil {
			return nil, 0, fmt.Errorf("byte %d: %w", next+1, err)
		}
		if value != nil {
			values = append(values, value)
		}
		next += size
	}
	return values, next, nil
}

// unpack reads one value, and says how many bytes it has. Padding has none.
func (it Item) unpack(data string) (value any, size int, err error) {
	if it.letter == 'z' {
		end := strings.IndexByte(data, 0)
		if end < 0 {
			return nil, 0, fmt.Errorf("the text has no end in %d bytes", len(data))
		}
		return data[:end], end + 1, nil
	}
	if len(data) < it.size {
		return nil, 0, fmt.Errorf("%d bytes are left, want %d", len(data), it.size)
	}
	switch it.letter {
	case 'x':
		return nil, it.size, nil
	case 'c':
		return data[:it.size], it.size, nil
	case 's':
		return it.unpackText(data)
	}
	value, err = it.number(data[:it.size])
	return value, it.size, err
}

func (it Item) unpackText(data string) (any, int, error) {
	length := it.read(data[:it.size])
	if rest := uint64(len(data) - it.size); length > rest {
		return nil, 0, fmt.Errorf("a text of %d bytes, and %d are left", length, rest)
	}
	size := it.size + int(length)
	return data[it.size:size], size, nil
}

func (it Item) number(data string) (any, error) {
	n := it.read(data)
	switch it.letter {
	case 'f':
		return float64(math.Float32frombits(uint32(n))), nil
	case 'd':
		return math.Float64frombits(n), nil
	case 'I':
		if n > maxExact {
			return nil, fmt.Errorf("the number %d is too large", n)
		}
		return float64(n), nil
	}
	unused := 64 - 8*it.size
	signed := int64(n<<unused) >> unused
	if signed > maxExact || signed < -maxExact {
		return nil, fmt.Errorf("the number %d is too large", signed)
	}
	return float64(signed), nil
}

// read returns the number that the bytes are.
func (it Item) read(data string) uint64 {
	var all [8]byte
	if it.order == binary.BigEndian {
		copy(all[8-len(data):], data)
		return binary.BigEndian.Uint64(all[:])
	}
	copy(all[:], data)
	return binary.LittleEndian.Uint64(all[:])
}
