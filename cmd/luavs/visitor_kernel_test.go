//go:build kernel

package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"
)

// visitor is a client of the virtual server that keeps its connection.
type visitor struct {
	http   http.Client
	dials  int
	server string // who answers

	mu    sync.Mutex
	ended string // how and when its last connection ended
}

// listened is a visitor's connection, which notes how it ended.
type listened struct {
	net.Conn
	v *visitor
}

func (w listened) Read(p []byte) (int, error) {
	n, err := w.Conn.Read(p)
	if err != nil {
		w.v.mu.Lock()
		w.v.ended = fmt.Sprintf("%v at %v", err, time.Now().Format(time.StampMilli))
		w.v.mu.Unlock()
	}
	return n, err
}

func (v *visitor) end() string {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.ended
}

// visit opens a connection to the virtual server, as the client, which is closed
// when the test ends.
func (l *lab) visit() *visitor {
	l.t.Helper()
	v := &visitor{}
	dial := l.dialFrom("client")
	v.http = http.Client{Timeout: 5 * time.Second, Transport: &http.Transport{
		MaxConnsPerHost: 1,
		DialContext: func(ctx context.Context, network, addr string) (c net.Conn, err error) {
			v.dials++
			c, err = dial(ctx, network, addr)
			return listened{c, v}, err
		},
	}}
	l.t.Cleanup(v.leave)
	name, err := v.ask()
	if err != nil {
		l.t.Fatal(err)
	}
	v.server = name
	return v
}

// ask sends one request by the visitor's connection.
func (v *visitor) ask() (string, error) {
	res, err := v.http.Get("http://" + vipAddr + "/")
	if err != nil {
		return "", err
	}
	defer res.Body.Close()
	body, err := io.ReadAll(io.LimitReader(res.Body, 1024))
	return strings.TrimSpace(string(body)), err
}

func (v *visitor) leave() { v.http.CloseIdleConnections() }

// visitors opens connections until so many have come to a server, and returns
// those.
func (l *lab) visitors(n int, server string) (there []*visitor) {
	l.t.Helper()
	for range 10 * n {
		if v := l.visit(); v.server == server {
			there = append(there, v)
		} else {
			v.leave()
		}
		if len(there) == n {
			return there
		}
	}
	l.t.Fatalf("%d of %d connections came to %s", len(there), n, server)
	return nil
}

// stay has each visitor ask again and again for a time, and requires that its
// connection is the one it came with, and the same server answers.
func (l *lab) stay(visitors []*visitor, d time.Duration) (requests int) {
	l.t.Helper()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for started := time.Now(); time.Since(started) < d; <-tick.C {
		for i, v := range visitors {
			name, err := v.ask()
			if err != nil || name != v.server || v.dials != 1 {
				l.t.Fatalf("visitor %d after %v: %q, %v, over connection %d; the one before ended with %s\n%s",
					i, time.Since(started), name, err, v.dials, v.end(), l.sh("ipvsadm -Ln"))
			}
			requests++
		}
	}
	return requests
}
