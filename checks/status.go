package checks

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// The status codes of HTTP have three digits (RFC 9110, 15).
const (
	minStatus = 100
	maxStatus = 999
)

// A StatusSet is a set of HTTP status codes. The zero set is empty. Sets may
// be compared with ==.
type StatusSet struct {
	bits [(maxStatus + 1 + 63) / 64]uint64
}

// ParseStatusSet reads codes and ranges between commas, such as "200-299,301".
// Each code is from 100 to 999; a set has at least one.
func ParseStatusSet(text string) (StatusSet, error) {
	var s StatusSet
	for item := range strings.SplitSeq(text, ",") {
		first, last, err := parseRange(strings.TrimSpace(item))
		if err != nil {
			return StatusSet{}, fmt.Errorf("status %q: %w", item, err)
		}
		s.add(first, last)
	}
	return s, nil
}

func parseRange(item string) (first, last int, err error) {
	low, high, ranged := strings.Cut(item, "-")
	if first, err = parseStatus(low); err != nil || !ranged {
		return first, first, err
	}
	if last, err = parseStatus(high); err != nil {
		return 0, 0, err
	}
	if last < first {
		return 0, 0, fmt.Errorf("the range ends before it starts: write %d-%d", last, first)
	}
	return first, last, nil
}

func parseStatus(text string) (int, error) {
	for _, c := range []byte(text) {
		if c < '0' || c > '9' {
			return 0, fmt.Errorf("%q is no number: want a code such as 200 or a range such as 200-299", text)
		}
	}
	if len(text) != 3 || text < "100" {
		return 0, errors.New("want a code from 100 to 999, or a range such as 200-299")
	}
	return strconv.Atoi(text)
}

func (s *StatusSet) add(first, last int) {
	for code := first; code <= last; code++ {
		s.bits[code/64] |= 1 << (code % 64)
	}
}

// Contains reports whether code is in the set.
func (s StatusSet) Contains(code int) bool {
	return code >= minStatus && code <= maxStatus && s.bits[code/64]&(1<<(code%64)) != 0
}

// String returns the set as [ParseStatusSet] reads it, in order and with as
// few ranges as it takes.
func (s StatusSet) String() string {
	var items []string
	for code := minStatus; code <= maxStatus; code++ {
		if !s.Contains(code) {
			continue
		}
		first := code
		for s.Contains(code + 1) {
			code++
		}
		items = append(items, rangeText(first, code))
	}
	return strings.Join(items, ",")
}

func rangeText(first, last int) string {
	if first == last {
		return strconv.Itoa(first)
	}
	return fmt.Sprintf("%d-%d", first, last)
}
