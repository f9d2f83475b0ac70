package main

import (
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"luavs/engine"
)

// A claim says that this process keeps the IPVS of its network namespace. It is
// an abstract socket: the kernel has one name of those per network namespace,
// as it has one table of services, and takes it back when the process ends,
// however that ends. Who is refused connects to learn who holds it.
type claim struct {
	listener net.Listener // nil: somebody who may not claim anything is in the way
	ended    chan struct{}
}

// claimTries is how often a claim is tried whose holder ends meanwhile.
const claimTries = 3

// claimKernel claims the IPVS of this network namespace with a range of marks
// for private services. If another luavs of root's or of our own user has it,
// that is an error: the two would delete each other's private services, and put
// back each other's changes of services that both declare. With marks of its own
// a second one may be there.
func claimKernel(marks engine.Marks, log *slog.Logger) (*claim, error) {
	name := fmt.Sprintf("@luavs %v", marks)
	for range claimTries {
		l, err := net.Listen("unix", name)
		if err == nil {
			return hold(l), nil
		}
		if !errors.Is(err, syscall.EADDRINUSE) {
			return nil, fmt.Errorf("kernel: claim its IPVS by the socket %s: %w", name, err)
		}
		holder, err := holderOf(name)
		switch {
		case errors.Is(err, syscall.ECONNREFUSED):
			continue // it has just ended
		case err != nil:
			return nil, fmt.Errorf("kernel: somebody claims its IPVS by the socket %s: %w", name, err)
		case holder.Uid != 0 && int(holder.Uid) != os.Geteuid():
			log.Warn("a user who may not change IPVS holds our claim on it, so that a second luavs would go unnoticed", "socket", name, "pid", holder.Pid, "uid", holder.Uid)
			return &claim{}, nil
		}
		return nil, fmt.Errorf("kernel: another luavs (pid %d) keeps the IPVS of this network namespace; end it first, or give this one its own --path-marks, --state and --listen, and virtual servers that the other does not declare", holder.Pid)
	}
	return nil, fmt.Errorf("kernel: the socket %s comes and goes; try again", name)
}

// hold keeps a claim, and lets others ask who we are.
func hold(l net.Listener) *claim {
	c := &claim{listener: l, ended: make(chan struct{})}
	go func() {
		defer close(c.ended)
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			conn.Close()
		}
	}()
	return c
}

// release gives the claim up.
func (c *claim) release() {
	if c.listener != nil {
		c.listener.Close()
		<-c.ended
	}
}

// holderOf returns which process listens on a socket. Its pid is 0 if it is not
// visible here, as in another container.
func holderOf(name string) (*unix.Ucred, error) {
	conn, err := net.DialTimeout("unix", name, time.Second)
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	raw, err := conn.(*net.UnixConn).SyscallConn()
	if err != nil {
		return nil, err
	}
	var holder *unix.Ucred
	var asked error
	if err := raw.Control(func(fd uintptr) { holder, asked = unix.GetsockoptUcred(int(fd), unix.SOL_SOCKET, unix.SO_PEERCRED) }); err != nil {
		return nil, err
	}
	return holder, asked
}
