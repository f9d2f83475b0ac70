package main

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"os"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// supervisor is who started the daemon, if it wants to be told how it does: the
// protocol of sd_notify(3). Without one nothing is told.
type supervisor struct {
	log    *slog.Logger
	addr   string        // of its socket; empty: there is none
	within time.Duration // it must hear from us within; zero: it does not wait
}

// newSupervisor reads what the environment says of a supervisor, and takes it
// out: what policies start is not the daemon.
func newSupervisor(log *slog.Logger) *supervisor {
	v := &supervisor{log: log, addr: os.Getenv("NOTIFY_SOCKET")}
	usec, err := strconv.ParseInt(os.Getenv("WATCHDOG_USEC"), 10, 64)
	pid := os.Getenv("WATCHDOG_PID")
	if err == nil && usec > 0 && (pid == "" || pid == strconv.Itoa(os.Getpid())) {
		v.within = time.Duration(usec) * time.Microsecond
	}
	for _, name := range []string{"NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"} {
		os.Unsetenv(name)
	}
	return v
}

// listens tells whether there is one.
func (v *supervisor) listens() bool { return v.addr != "" }

// tell sends assignments such as READY=1, all in one datagram.
func (v *supervisor) tell(assignments ...string) {
	if !v.listens() {
		return
	}
	if err := v.send(strings.Join(assignments, "\n")); err != nil {
		v.log.Warn("the supervisor (NOTIFY_SOCKET) cannot be told", "what", assignments[0], "err", err)
	}
}

func (v *supervisor) send(text string) error {
	// An address that begins with @ is an abstract one; net knows it as well.
	c, err := net.DialUnix("unixgram", nil, &net.UnixAddr{Name: v.addr, Net: "unixgram"})
	if err != nil {
		return err
	}
	defer c.Close()
	c.SetWriteDeadline(time.Now().Add(time.Second))
	_, err = c.Write([]byte(text))
	return err
}

// tellReloading says that a reload begins, with the time that systemd asks for.
func (v *supervisor) tellReloading() {
	var now unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_MONOTONIC, &now); err != nil {
		now = unix.Timespec{}
	}
	v.tell("RELOADING=1", fmt.Sprintf("MONOTONIC_USEC=%d", now.Nano()/1000), "STATUS=loading policies anew")
}

// watch says that the daemon does its work, if the supervisor waits for that:
// each time after pass has shown it. A daemon that stands still says nothing.
func (v *supervisor) watch(ctx context.Context, pass func(context.Context) error) error {
	if v.within == 0 {
		<-ctx.Done()
		return ctx.Err()
	}
	for {
		if err := pass(ctx); err == nil {
			v.tell("WATCHDOG=1")
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(v.within / 3):
		}
	}
}
