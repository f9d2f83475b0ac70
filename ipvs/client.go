package ipvs

import (
	"errors"
	"fmt"
	"sync"
	"syscall"
)

// A Client speaks to the kernel of the network namespace in which it was
// dialled. Every request needs CAP_NET_ADMIN in the initial user namespace, and
// the kernel has five seconds for each piece of an answer.
type Client struct {
	mu        sync.Mutex // held for a whole exchange
	transport transport
	close     func() error
	family    uint16 // changes when the module is loaded anew
	seq       uint32
	request   []byte
	key       []byte        // of the service that is asked about
	confirmed [GRE + 1]bool // encapsulations that the kernel is known to have
	chunks    int           // datagrams with data in the last exchange
	proc      proc

	// What lists are read into. It grows to the longest and stays.
	entries []Entry
	list    []DestinationEntry
}

// Dial opens a socket and sees that IPVS can be used, for which the kernel
// loads its module. It fails with ErrUnavailable where there is none and with
// fs.ErrPermission without CAP_NET_ADMIN.
func Dial() (*Client, error) {
	s, err := openSocket()
	if err != nil {
		return nil, fmt.Errorf("use IPVS: open a netlink socket: %w", err)
	}
	c, err := newClient(s)
	if err != nil {
		return nil, errors.Join(err, s.close())
	}
	c.close = s.close
	return c, nil
}

func newClient(t transport) (*Client, error) {
	const op = "use IPVS"
	c := &Client{transport: t, proc: openProc("/proc")}
	if _, err := c.resolve(); err != nil {
		return nil, familyError(op, err)
	}
	err := c.call(op, cmdGetInfo, 0, nil, func([]byte) error { return nil })
	if err != nil {
		return nil, err
	}
	return c, nil
}

// Close closes the socket. The table stays as it is.
func (c *Client) Close() error { return c.close() }

// Services returns all services without their destinations, sorted by key.
func (c *Client) Services() ([]Entry, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.services()
}

func (c *Client) services() ([]Entry, error) {
	return settled(c, "list services", c.serviceQuery())
}

func (c *Client) serviceQuery() query[Entry] {
	return query[Entry]{cmd: cmdGetService, decode: decodeService, compare: compareEntries, memory: &c.entries}
}

// Service returns a service without its destinations, or ErrNoService.
func (c *Client) Service(key ServiceKey) (Entry, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.service("get service "+key.String(), key)
}

func (c *Client) service(op string, key ServiceKey) (Entry, error) {
	if f := key.fault(); f != nil {
		return Entry{}, f.error(op)
	}
	var found []Entry
	err := c.call(op, cmdGetService, 0, appendKeyNest(nil, key), func(body []byte) error {
		e, err := decodeService(body)
		found = append(found, e)
		return err
	})
	if err != nil {
		return Entry{}, err
	}
	if len(found) != 1 || found[0].ServiceKey != key {
		return Entry{}, unanswered(op, fmt.Errorf("answered with %d services or another one", len(found)))
	}
	return found[0], nil
}

// Destinations returns the destinations of a service sorted by address, or
// ErrNoService.
func (c *Client) Destinations(key ServiceKey) ([]DestinationEntry, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.existing(key)
}

// existing returns the destinations of a service, or ErrNoService.
func (c *Client) existing(key ServiceKey) ([]DestinationEntry, error) {
	list, err := c.destinations(key)
	if err == nil && len(list) == 0 {
		// The kernel answers so for a service that does not exist, too.
		_, err = c.service("list destinations of service "+key.String(), key)
	}
	return list, err
}

func (c *Client) destinations(key ServiceKey) ([]DestinationEntry, error) {
	if f := key.fault(); f != nil {
		return nil, f.error("list destinations of service " + key.String())
	}
	c.key = appendKeyNest(c.key[:0], key)
	list, err := settled(c, "list its destinations", query[DestinationEntry]{
		cmd:     cmdGetDest,
		attrs:   c.key,
		decode:  func(body []byte) (DestinationEntry, error) { return decodeDestination(body, key.Family) },
		compare: compareDestinations,
		memory:  &c.list,
	})
	if err != nil {
		// Put here and not into the request's words, because this is asked
		// thousands of times and fails hardly ever.
		return nil, fmt.Errorf("service %v: %w", key, err)
	}
	return list, nil
}

// Flush deletes all services.
func (c *Client) Flush() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.call("delete all services", cmdFlush, 0, nil, unexpected)
}

// Zero sets the counters of the services and their destinations to zero: those
// of the keys, or all, with the kernel's totals, if no key is named. It stops
// at the first that is missing, with ErrNoService.
func (c *Client) Zero(keys ...ServiceKey) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(keys) == 0 {
		return c.call("zero all services", cmdZero, 0, nil, unexpected)
	}
	for _, key := range keys {
		op := "zero service " + key.String()
		if f := key.fault(); f != nil {
			return f.error(op)
		}
		if err := c.call(op, cmdZero, 0, appendKeyNest(nil, key), unexpected); err != nil {
			return err
		}
	}
	return nil
}

// unexpected is for requests that are answered with a result alone.
func unexpected([]byte) error { return syscall.EBADMSG }
