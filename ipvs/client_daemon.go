package ipvs

import (
	"cmp"
	"errors"
	"slices"
	"syscall"
)

// Daemons returns the sync daemons that run, the master first.
func (c *Client) Daemons() ([]Daemon, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.daemons("list sync daemons")
}

func (c *Client) daemons(op string) ([]Daemon, error) {
	return settled(c, op, query[Daemon]{cmd: cmdGetDaemon, decode: decodeDaemon, compare: compareDaemons, memory: new([]Daemon)})
}

func compareDaemons(a, b Daemon) int { return cmp.Compare(a.Role, b.Role) }

// StartDaemon starts a sync daemon. It fails with fs.ErrExist if one of that
// role runs.
func (c *Client) StartDaemon(d Daemon) error {
	op := "start " + d.Role.daemon()
	if f := d.fault(); f != nil {
		return f.error(op)
	}
	return c.setDaemon(op, cmdNewDaemon, appendDaemon(nil, d), d)
}

// StopDaemon stops the sync daemon of the role, or returns ErrNoDaemon.
func (c *Client) StopDaemon(r Role) error {
	op := "stop " + r.daemon()
	if f := r.fault(); f != nil {
		return f.error(op)
	}
	return c.setDaemon(op, cmdDelDaemon, appendRole(nil, r), Daemon{Role: r})
}

// setDaemon makes a request, and if the kernel is silent sees whether the
// daemon runs. It is so if a daemon is stopped before it has run at all.
func (c *Client) setDaemon(op string, cmd uint8, attrs []byte, d Daemon) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	answered := false
	errno, err := c.current(op, func() (errno syscall.Errno, err error) {
		answered, errno, err = c.askAloud(cmd, attrs)
		return errno, err
	})
	switch {
	case err != nil:
		return err
	case errno != 0:
		return refuseDaemon(op, d, errno)
	case !answered:
		return c.silence(op, d.Role, cmd == cmdNewDaemon)
	}
	return nil
}

// silence returns nil if the daemon runs or not, as it should.
func (c *Client) silence(op string, r Role, should bool) error {
	list, err := c.daemons(op)
	if err != nil {
		return err
	}
	runs := slices.ContainsFunc(list, func(d Daemon) bool { return d.Role == r })
	if runs != should {
		return unanswered(op, errors.New("the kernel was interrupted; try again"))
	}
	return nil
}
