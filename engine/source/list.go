package source

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"net/netip"
	"slices"

	"go.yaml.in/yaml/v3"

	"luavs/engine"
)

// maxText is the size of a list, in bytes: room for 10000 servers with names.
const maxText = 2 << 20

// readText reads a text of limited size.
func readText(r io.Reader) ([]byte, error) {
	text, err := io.ReadAll(io.LimitReader(r, maxText+1))
	if err == nil && len(text) > maxText {
		err = fmt.Errorf("larger than %d bytes", maxText)
	}
	return text, err
}

// parseJSON reads a list in JSON.
func parseJSON(text []byte) ([]engine.Member, error) {
	var value any
	d := json.NewDecoder(bytes.NewReader(text))
	if err := d.Decode(&value); err != nil {
		if errors.Is(err, io.EOF) {
			return nil, errors.New("is empty; a list without servers is []")
		}
		return nil, fmt.Errorf("is no JSON: %w", err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("is no JSON: something comes after the list")
	}
	return members(value)
}

// parseYAML reads a list in YAML.
func parseYAML(text []byte) ([]engine.Member, error) {
	var value any
	if err := yaml.Unmarshal(text, &value); err != nil {
		return nil, fmt.Errorf("is no YAML: %w", err)
	}
	if value == nil {
		return nil, errors.New("is empty; a list without servers is []")
	}
	return members(value)
}

// members reads a list, or an object that has it as its only field, servers.
func members(value any) ([]engine.Member, error) {
	if object, ok := value.(map[string]any); ok {
		list, there := object["servers"]
		if !there || len(object) > 1 {
			return nil, errors.New(`want a list of servers, or an object with it as its one field "servers"`)
		}
		value = list
	}
	items, ok := value.([]any)
	if !ok {
		return nil, errors.New(`want a list of servers such as ["192.168.0.1:80", {"addr": "192.168.0.2:80", "weight": 3}]`)
	}
	all := make([]engine.Member, 0, len(items))
	for i, item := range items {
		m, err := member(item)
		if err != nil {
			return nil, fmt.Errorf("entry %d: %w", i+1, err)
		}
		all = append(all, m)
	}
	return all, nil
}

// member reads one server: an address, or an object.
func member(item any) (m engine.Member, err error) {
	m.Weight = 1
	switch v := item.(type) {
	case string:
		m.Addr, err = ParseAddr(v)
		return m, err
	case map[string]any:
		return object(v)
	}
	return m, fmt.Errorf(`want "192.168.0.1:80" or {"addr": "192.168.0.1:80"}, got %v`, item)
}

// object reads a server with its fields.
func object(o map[string]any) (m engine.Member, err error) {
	for name := range o {
		if !slices.Contains([]string{"addr", "port", "weight", "name"}, name) {
			return m, fmt.Errorf("unknown field %q; there are addr, port, weight and name", name)
		}
	}
	text, ok := o["addr"].(string)
	if !ok {
		return m, errors.New(`want a field addr such as "192.168.0.1:80"`)
	}
	if m.Addr, err = ParseAddr(text); err != nil {
		return m, err
	}
	if _, there := o["port"]; there {
		port, ok := whole(o["port"], math.MaxUint16)
		if !ok || m.Addr.Port() != 0 {
			return m, fmt.Errorf("field port: want a port from 1 to 65535 of an address that has none, got %v", o["port"])
		}
		m.Addr = netip.AddrPortFrom(m.Addr.Addr(), uint16(port))
	}
	m.Weight = 1
	if _, there := o["weight"]; there {
		if m.Weight, ok = whole(o["weight"], math.MaxInt32); !ok {
			return m, fmt.Errorf("field weight: want a whole number from 0 to %d, got %v", math.MaxInt32, o["weight"])
		}
	}
	if _, there := o["name"]; there {
		if m.Name, ok = o["name"].(string); !ok {
			return m, fmt.Errorf("field name: want a text, got %v", o["name"])
		}
	}
	return m, nil
}

// whole returns the whole number from 0 to most that a value is.
func whole(value any, most int) (int, bool) {
	n := math.NaN()
	switch v := value.(type) {
	case int:
		n = float64(v)
	case float64:
		n = v
	}
	return int(n), n >= 0 && n <= float64(most) && n == math.Trunc(n)
}

// ParseAddr reads an address with a port, or without one: then it is that of
// the virtual server.
func ParseAddr(text string) (netip.AddrPort, error) {
	addr, err := netip.ParseAddrPort(text)
	if err != nil {
		var ip netip.Addr
		ip, err = netip.ParseAddr(text)
		addr = netip.AddrPortFrom(ip, 0)
	}
	if err != nil || addr.Addr().Zone() != "" {
		return netip.AddrPort{}, fmt.Errorf(`want an address such as "192.168.0.1:80", "[2001:db8::1]:80" or one without a port, got %q: names are not resolved`, text)
	}
	return netip.AddrPortFrom(addr.Addr().Unmap(), addr.Port()), nil
}
