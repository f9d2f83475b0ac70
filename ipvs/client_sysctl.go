package ipvs

import (
	"fmt"
	"io"
	"os"
	"strings"
	"syscall"
)

// maxSysctl bounds the text of a variable; a list of CPUs is the longest.
const maxSysctl = 4096

// Sysctl returns the value of a variable of net.ipv4.vs, numbers separated by
// one space, or ErrNoSysctl. The calling thread must be in the network
// namespace that was dialled.
func (c *Client) Sysctl(name string) (string, error) {
	op := "get " + name
	if f := nameFault(name); f != nil {
		return "", noSysctl(op, f)
	}
	value, err := c.readSysctl(name)
	if err != nil {
		return "", sysctlError(op, name, err)
	}
	return value, nil
}

// SetSysctl sets a variable of net.ipv4.vs and reads it back. It refuses values
// that are not within the range in Sysctls, of which the kernel would take
// some. The calling thread must be in the network namespace that was dialled.
func (c *Client) SetSysctl(name, value string) error {
	op := "set " + name
	if err := refuseSysctl(op, name, value); err != nil {
		return err
	}
	value = strings.Join(strings.Fields(value), " ")
	err := c.writeSysctl(name, value)
	if err != nil {
		return sysctlError(op, name, err)
	}
	got, err := c.readSysctl(name)
	if err != nil {
		return sysctlError(op, name, err)
	}
	if got != value && !flips(name, value, got) {
		return &Error{Op: op, Errno: syscall.EINVAL, Reason: fmt.Sprintf("the kernel made %q of %q", got, value)}
	}
	return nil
}

// flips says if the kernel may have changed the value since: it turns the modes
// that wait for a lack of memory from 1 to 2 and back.
func flips(name, value, got string) bool {
	switch name {
	case "drop_entry", "drop_packet", "secure_tcp":
		return (value == "1" || value == "2") && (got == "1" || got == "2")
	}
	return false
}

func (c *Client) readSysctl(name string) (value string, err error) {
	file, err := c.proc.open(sysctlFolder+name, os.O_RDONLY)
	if err != nil {
		return "", err
	}
	defer file.Close()
	text, err := io.ReadAll(io.LimitReader(file, maxSysctl+1))
	if err == nil && len(text) > maxSysctl {
		err = fmt.Errorf("more than %d bytes", maxSysctl)
	}
	return strings.Join(strings.Fields(string(text)), " "), err
}

func (c *Client) writeSysctl(name, value string) error {
	file, err := c.proc.open(sysctlFolder+name, os.O_WRONLY)
	if err != nil {
		return err
	}
	defer file.Close()
	_, err = file.WriteString(value + "\n")
	return err
}
