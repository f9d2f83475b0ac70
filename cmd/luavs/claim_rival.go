package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// A rival is a process that holds a claim.
type rival struct {
	pid int32 // 0: it is not visible here, as in another container
	uid uint32
}

// rivalAt returns which process listens on a socket. ECONNREFUSED is that none
// does.
func rivalAt(name string) (rival, error) {
	conn, err := net.DialTimeout("unix", name, time.Second)
	if err != nil {
		return rival{}, fmt.Errorf("kernel: ask who claims its IPVS by the socket %s: %w", name, err)
	}
	defer conn.Close()
	raw, err := conn.(*net.UnixConn).SyscallConn()
	if err != nil {
		return rival{}, err
	}
	var peer *unix.Ucred
	var asked error
	if err := raw.Control(func(fd uintptr) { peer, asked = unix.GetsockoptUcred(int(fd), unix.SOL_SOCKET, unix.SO_PEERCRED) }); err != nil {
		return rival{}, err
	}
	if asked != nil {
		return rival{}, fmt.Errorf("kernel: ask who claims its IPVS by the socket %s: %w", name, asked)
	}
	return rival{pid: peer.Pid, uid: peer.Uid}, nil
}

// String says where it is, for a person.
func (r rival) String() string {
	if r.pid == 0 {
		return "in another PID namespace"
	}
	return fmt.Sprintf("pid %d", r.pid)
}

// may tells whether the process may change IPVS, as far as that can be seen: a
// daemon need not be root's. One of our own user could end us as well.
func (r rival) may() bool {
	if int(r.uid) == os.Geteuid() {
		return true
	}
	if caps, err := r.capabilities(); err == nil {
		return caps>>unix.CAP_NET_ADMIN&1 == 1
	}
	return r.uid == 0
}

// warn says that somebody is in the way who may not be.
func (r rival) warn(name string, log *slog.Logger) {
	log.Warn("a user who may not change IPVS holds our claim on it, so that a second luavs would go unnoticed", "socket", name, "pid", r.pid, "uid", r.uid)
}

// capabilities returns the effective ones of the process. Those of a user
// namespace of its own, which everybody may make, are an error.
func (r rival) capabilities() (uint64, error) {
	if r.pid == 0 {
		return 0, errors.New("not visible here")
	}
	theirs, err := procText(fmt.Sprintf("/proc/%d/uid_map", r.pid))
	if err != nil {
		return 0, err
	}
	if ours, err := procText("/proc/self/uid_map"); err != nil || !bytes.Equal(ours, theirs) {
		return 0, errors.Join(errors.New("in another user namespace"), err)
	}
	status, err := procText(fmt.Sprintf("/proc/%d/status", r.pid))
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(string(status)) {
		if text, ok := strings.CutPrefix(line, "CapEff:"); ok {
			return strconv.ParseUint(strings.TrimSpace(text), 16, 64)
		}
	}
	return 0, errors.New("no CapEff")
}

// procText reads a small file of the kernel's.
func procText(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, 64<<10))
}
