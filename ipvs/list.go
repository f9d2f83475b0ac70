package ipvs

import (
	"errors"
	"fmt"
	"slices"
)

// errInterrupted is a dump during which the kernel saw the table change.
var errInterrupted = errors.New("the table changed while it was read")

// dumpAttempts is how often a list is read at most until it is certain.
const dumpAttempts = 5

// A query is a request for a list, and how to read it.
type query[T any] struct {
	cmd     uint8
	attrs   []byte
	decode  func([]byte) (T, error)
	compare func(a, b T) int // of keys
	memory  *[]T             // where lists are read into, one after the other
}

// dump lists once what a request with NLM_F_DUMP answers, sorted and each key
// once, in the query's memory. It says if the list is certain: the kernel fills
// a datagram without letting others change the table, but counts its way to
// where the next one begins. So in a list of several some may be twice and
// others missing, without a sign.
func dump[T any](c *Client, op string, q query[T]) (list []T, certain bool, err error) {
	for range dumpAttempts {
		list = (*q.memory)[:0]
		err = c.call(op, q.cmd, flagDump, q.attrs, func(body []byte) error {
			v, err := q.decode(body)
			if len(list) == cap(list) {
				list = slices.Grow(list, max(8, len(list)))
			}
			list = append(list, v)
			return err
		})
		*q.memory = list
		if !errors.Is(err, errInterrupted) {
			break
		}
	}
	if err != nil {
		return nil, false, err
	}
	slices.SortFunc(list, q.compare)
	list = slices.CompactFunc(list, func(a, b T) bool { return q.compare(a, b) == 0 })
	return list, c.chunks <= 1, nil
}

// settled lists what a query answers. A list that is not certain is read until
// two in a row have the same keys.
func settled[T any](c *Client, op string, q query[T]) ([]T, error) {
	var before []T
	for attempt := range dumpAttempts {
		list, certain, err := dump(c, op, q)
		if err != nil {
			return nil, err
		}
		if attempt > 0 && sameKeys(before, list, q.compare) {
			copy(before, list)
			return before, nil
		}
		before = slices.Clone(list)
		if certain {
			return before, nil
		}
	}
	return nil, fmt.Errorf("%s: %w", op, errInterrupted)
}

func sameKeys[T any](a, b []T, compare func(a, b T) int) bool {
	return slices.EqualFunc(a, b, func(a, b T) bool { return compare(a, b) == 0 })
}
