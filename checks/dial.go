package checks

import (
	"context"
	"net"
	"syscall"
	"time"
)

// dial opens a connection that ends with the run's context. The caller calls
// hangUp.
func (r *run) dial(route Route, t Target) (conn *net.TCPConn, hangUp func(), err error) {
	conn, err = r.open(route, t)
	if err != nil {
		return nil, nil, err
	}
	release := r.attach(conn)
	return conn, func() {
		release()
		drain(conn)
		conn.Close()
	}, nil
}

// open opens a connection, which nothing ends yet.
func (r *run) open(route Route, t Target) (*net.TCPConn, error) {
	to := route.to(t)
	route, err := route.through(t)
	if err == nil {
		err = route.suits(to)
	}
	if err != nil {
		return nil, err
	}
	c, err := route.Dialer().DialContext(r.ctx, "tcp", to.String())
	if err != nil {
		return nil, err
	}
	r.reach("connected")
	return c.(*net.TCPConn), nil
}

// attach makes reads and writes on a connection fail once the run's context
// has ended. Release undoes that; false if it has ended, or release was called
// before.
func (r *run) attach(conn *net.TCPConn) (release func() bool) {
	return context.AfterFunc(r.ctx, func() { conn.SetDeadline(time.Unix(1, 0)) })
}

// drain throws away what has arrived and was not read. Without it the kernel
// answers our close with a reset (RFC 2525, 2.17), which servers log.
func drain(conn *net.TCPConn) {
	raw, err := conn.SyscallConn()
	if err != nil {
		return
	}
	raw.Control(func(fd uintptr) {
		buf := make([]byte, 4<<10)
		for range 16 { // no endless sender keeps us
			if n, err := syscall.Read(int(fd), buf); n <= 0 || err != nil {
				return
			}
		}
	})
}
