package ipvs

import (
	"errors"
	"fmt"
	"maps"
	"slices"
)

// Table returns the services with their destinations: those of the keys that
// exist, or all if no key is named. It is sorted.
//
// Others may change the table meanwhile. The destinations of a service are
// those of one moment if up to about 80 were there; more are read until two
// reads in a row agree. All services are listed before and after, and those
// that came between are read too. What is returned was there at some moment,
// not all at the same. A table that never settles is an error.
func (c *Client) Table(keys ...ServiceKey) (Table, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	keys = slices.Compact(slices.SortedFunc(slices.Values(keys), ServiceKey.Compare))
	for _, key := range keys {
		if f := key.fault(); f != nil {
			return nil, f.error("get service " + key.String())
		}
	}
	if len(keys) == 0 || len(keys) > fewKeys {
		return c.whole(keys)
	}
	return c.some(keys)
}

// fewKeys is up to where asking for each service is quicker than listing all
// of a table of some thousands.
const fewKeys = 16

// some asks for one service after the other.
func (c *Client) some(keys []ServiceKey) (Table, error) {
	var t Table
	for _, key := range keys {
		e, err := c.service("get service "+key.String(), key)
		if err == nil {
			e.Destinations, err = c.existing(key)
		}
		if errors.Is(err, ErrNoService) {
			continue
		}
		if err != nil {
			return nil, err
		}
		t = append(t, e)
	}
	return t, nil
}

// whole lists the services, reads the destinations of those that are wanted,
// and lists the services again until they are the same.
func (c *Client) whole(keys []ServiceKey) (Table, error) {
	const op = "list services"
	read := map[ServiceKey][]DestinationEntry{}
	before, err := c.wanted(op, keys)
	for range dumpAttempts {
		if err == nil {
			err = c.readMissing(before, read)
		}
		if err != nil {
			return nil, err
		}
		var after Table
		after, err = c.wanted(op, keys)
		if err == nil && sameKeys(before, after, compareEntries) {
			for i := range after {
				after[i].Destinations = read[after[i].ServiceKey]
			}
			return after, nil
		}
		maps.DeleteFunc(read, func(k ServiceKey, _ []DestinationEntry) bool { return !after.has(k) })
		before = after
	}
	return nil, fmt.Errorf("%s: %w", op, errInterrupted)
}

// wanted lists the services of the keys, or all.
func (c *Client) wanted(op string, keys []ServiceKey) (Table, error) {
	list, _, err := dump(c, op, c.serviceQuery())
	list = slices.Clone(list)
	if len(keys) > 0 {
		list = slices.DeleteFunc(list, func(e Entry) bool {
			_, found := slices.BinarySearchFunc(keys, e.ServiceKey, ServiceKey.Compare)
			return !found
		})
	}
	return list, err
}

// has says if the sorted table has the service.
func (t Table) has(k ServiceKey) bool {
	_, found := slices.BinarySearchFunc(t, k, func(e Entry, k ServiceKey) int { return e.Compare(k) })
	return found
}

// readMissing reads the destinations of the services that are not in read.
func (c *Client) readMissing(services Table, read map[ServiceKey][]DestinationEntry) error {
	for _, s := range services {
		if _, done := read[s.ServiceKey]; done {
			continue
		}
		list, err := c.destinations(s.ServiceKey)
		if err != nil {
			return err
		}
		read[s.ServiceKey] = list
	}
	return nil
}
