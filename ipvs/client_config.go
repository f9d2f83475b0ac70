package ipvs

import "fmt"

// Info asks the kernel for its version of IPVS.
func (c *Client) Info() (Info, error) {
	return inquire(c, "get info", cmdGetInfo, decodeInfo)
}

// Timeouts returns the timeouts of connections.
func (c *Client) Timeouts() (Timeouts, error) {
	return inquire(c, "get timeouts", cmdGetConfig, decodeTimeouts)
}

// inquire makes a request that is answered with one value.
func inquire[T any](c *Client, op string, cmd uint8, decode func([]byte) (T, error)) (T, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	var value T
	answers := 0
	err := c.call(op, cmd, 0, nil, func(body []byte) (err error) {
		answers++
		value, err = decode(body)
		return err
	})
	if err == nil && answers != 1 {
		err = unanswered(op, fmt.Errorf("%d answers instead of one", answers))
	}
	return value, err
}

// SetTimeouts sets the timeouts that are above zero, for connections that
// change their state from now on.
func (c *Client) SetTimeouts(t Timeouts) error {
	const op = "set timeouts"
	if f := t.fault(); f != nil {
		return f.error(op)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.call(op, cmdSetConfig, 0, appendTimeouts(nil, t), unexpected)
}
