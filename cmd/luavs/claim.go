package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"strings"
	"syscall"

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

const (
	// claimName begins the name of a claim; the range of its marks ends it.
	claimName = "@luavs "

	// claimTries is how often a claim is tried whose holder ends meanwhile.
	claimTries = 3

	// maxSockets bounds the list of the kernel's sockets, in bytes: 100,000 are
	// less than half of it.
	maxSockets = 32 << 20
)

// claimKernel claims the IPVS of this network namespace with a range of marks
// for private services. If another luavs has a mark of them, that is an error: the
// two would delete each other's private services, and put back each other's
// changes of services that both declare. With marks of its own a second one may be
// there. Who may not change IPVS keeps nobody from it.
func claimKernel(marks engine.Marks, log *slog.Logger) (*claim, error) {
	c, err := take(marks, log)
	if err != nil {
		return nil, err
	}
	if err := alone(marks, log); err != nil { // after it is taken: of two at once, one sees the other
		c.release()
		return nil, err
	}
	return c, nil
}

// take takes the claim of a range.
func take(marks engine.Marks, log *slog.Logger) (*claim, error) {
	name := claimName + marks.String()
	for range claimTries {
		l, err := net.Listen("unix", name)
		switch {
		case err == nil:
			return hold(l), nil
		case !errors.Is(err, syscall.EADDRINUSE):
			return nil, fmt.Errorf("kernel: claim its IPVS by the socket %s: %w", name, err)
		}
		r, err := rivalAt(name)
		switch {
		case errors.Is(err, syscall.ECONNREFUSED):
			continue // it has just ended
		case err != nil:
			return nil, err
		case !r.may():
			r.warn(name, log)
			return &claim{}, nil
		}
		return nil, fmt.Errorf("kernel: another luavs (%v) keeps the IPVS of this network namespace; end it first, or give this one its own --path-marks, --state and --listen, and virtual servers that the other does not declare", r)
	}
	return nil, fmt.Errorf("kernel: the socket %s comes and goes; try again", name)
}

// alone says who has claimed another range that has marks of this one.
func alone(marks engine.Marks, log *slog.Logger) error {
	others, err := overlapping(marks)
	for _, other := range others {
		name := claimName + other.String()
		r, err := rivalAt(name)
		switch {
		case errors.Is(err, syscall.ECONNREFUSED): // it has just ended
		case err != nil:
			return err
		case !r.may():
			r.warn(name, log)
		default:
			return fmt.Errorf("kernel: another luavs (%v) has the firewall marks %v for its private services, and --path-marks %v takes some of them; give this one a range of its own", r, other, marks)
		}
	}
	return err
}

// overlapping returns the other ranges claimed in this network namespace that have
// marks of one.
func overlapping(marks engine.Marks) (others []engine.Marks, err error) {
	f, err := os.Open("/proc/thread-self/net/unix") // those of the first thread may be of another namespace
	if err != nil {
		return nil, fmt.Errorf("kernel: see who else claims its IPVS: %w", err)
	}
	defer f.Close()
	lines := bufio.NewScanner(io.LimitReader(f, maxSockets))
	for lines.Scan() { // Num RefCount Protocol Flags Type St Inode Path, as in unix_seq_show of net/unix/af_unix.c
		_, text, found := strings.Cut(lines.Text(), " "+claimName)
		var other engine.Marks
		if found && other.UnmarshalText([]byte(text)) == nil && other != marks && other.Overlaps(marks) {
			others = append(others, other)
		}
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("kernel: see who else claims its IPVS: %w", err)
	}
	return others, nil
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
