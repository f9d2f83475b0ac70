package checks

import (
	"errors"
	"net"
	"net/http"
	"net/netip"
	"os"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// IdleLimit is how long a connection is kept for the next run.
const IdleLimit = time.Minute

// kept are the connections that a check with Reuse keeps between its runs: at
// most one for each server. No goroutine waits on them.
type kept struct {
	mu  sync.Mutex
	all map[way]*idle
	on  bool
}

// A way tells one connection from another: servers behind one virtual address
// are told by the way that leads to them.
type way struct {
	server, asked netip.AddrPort
	mark          uint32
}

// way is where a check finds a server.
func (r Route) way(t Target) way { return way{t.Addr, r.to(t), t.PathMark} }

// idle is a connection at rest; the timer ends it.
type idle struct {
	*connection
	timer *time.Timer
}

// take returns the connection to a server, for the run; nil if there is none
// that is good.
func (k *kept) take(r *run, to way) *connection {
	k.mu.Lock()
	i := k.all[to]
	delete(k.all, to)
	k.mu.Unlock()
	if i == nil || !i.timer.Stop() {
		return nil
	}
	if !quiet(i.tcp) {
		drain(i.tcp)
		i.tcp.Close()
		return nil
	}
	i.used, i.release = true, r.attach(i.tcp)
	r.reach("connection reused")
	return i.connection
}

// put keeps a connection that a run has done with; false if it does not.
func (k *kept) put(c *connection) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	if !k.on || k.all[c.way] != nil || !c.release() {
		return false
	}
	i := &idle{connection: c}
	i.timer = time.AfterFunc(IdleLimit, func() { k.end(i) })
	k.all[c.way] = i
	return true
}

// end closes a connection that has been idle for too long.
func (k *kept) end(i *idle) {
	k.mu.Lock()
	if k.all[i.way] == i {
		delete(k.all, i.way)
	}
	k.mu.Unlock()
	i.tcp.Close()
}

// close ends all, and keeps none any more.
func (k *kept) close() {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.on = false
	for _, i := range k.all {
		i.timer.Stop()
		i.tcp.Close()
	}
	clear(k.all)
}

// mayStay reports whether the server will take another request on the
// connection after an answer that was read to its end.
func (c *connection) mayStay(answer *http.Response) bool {
	return !answer.Close && answer.StatusCode != http.StatusSwitchingProtocols && c.line.atRest()
}

// stale reports whether err, met on a kept connection, means that the server
// had closed it: the question went out and not a byte came back.
func (c *connection) stale(err error) bool {
	return c.used && c.line.silent() && !errors.Is(err, os.ErrDeadlineExceeded)
}

// quiet reports whether a connection is open with nothing to read: a server
// that ends one says so, some with an answer that nobody asked for.
func quiet(conn *net.TCPConn) bool {
	raw, err := conn.SyscallConn()
	if err != nil {
		return false
	}
	var n int
	var fault error
	raw.Control(func(fd uintptr) {
		n, _, fault = unix.Recvfrom(int(fd), make([]byte, 1), unix.MSG_PEEK|unix.MSG_DONTWAIT)
	})
	return n < 0 && fault == syscall.EAGAIN
}
