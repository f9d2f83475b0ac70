//go:build kernel

package main

import (
	"net"
	"os"
	"runtime"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// answerDatagrams has a host answer each datagram at port 53 with its name.
func (l *lab) answerDatagrams(name string) {
	l.t.Helper()
	type opened struct {
		net.PacketConn
		err error
	}
	done := make(chan opened)
	go func() { // never unlocks: the thread ends with the goroutine
		runtime.LockOSThread()
		ns, err := os.Open("/run/netns/" + name)
		if err == nil {
			defer ns.Close()
			err = unix.Setns(int(ns.Fd()), unix.CLONE_NEWNET)
		}
		if err != nil {
			done <- opened{err: err}
			return
		}
		c, err := net.ListenPacket("udp4", "192.168.31."+web[name]+":53")
		done <- opened{c, err}
	}()
	socket := <-done
	if socket.err != nil {
		l.t.Fatal(socket.err)
	}
	ended := make(chan struct{})
	l.t.Cleanup(func() { socket.Close(); <-ended })
	go func() {
		defer close(ended)
		buffer := make([]byte, 512)
		for {
			_, from, err := socket.ReadFrom(buffer)
			if err != nil {
				return
			}
			socket.WriteTo([]byte(name), from)
		}
	}()
}

// flow is a client's socket, which has sent something to the virtual server.
func (l *lab) flow() net.Conn {
	l.t.Helper()
	c, err := l.dialFrom("client")(l.t.Context(), "udp4", "10.10.31.100:53")
	if err != nil {
		l.t.Fatal(err)
	}
	l.t.Cleanup(func() { c.Close() })
	return c
}

// exchange sends a datagram and returns who answered it within a second, or "".
func exchange(t *testing.T, c net.Conn) string {
	t.Helper()
	if err := c.SetDeadline(time.Now().Add(time.Second)); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Write([]byte("who?")); err != nil {
		t.Fatal(err)
	}
	buffer := make([]byte, 512)
	n, err := c.Read(buffer)
	if err != nil {
		return ""
	}
	return string(buffer[:n])
}

func TestKernelDatagramsAreNotWaitedFor(t *testing.T) {
	l := newLab(t)
	l.answerDatagrams("web1")
	l.answerDatagrams("web2")
	const both = `
virtual_server "10.10.31.100:53" {
  protocol = "udp", scheduler = "rr",
  real_server "192.168.31.101:53",
  real_server "192.168.31.102:53",
}`
	d := l.run(l.policy("dns.lua", both))
	holds := func(within time.Duration, addr string, want bool) {
		t.Helper()
		eventually(t, within, "the table has "+addr+", or has it no more", func() bool {
			return strings.Contains(l.sh("ipvsadm -Sn"), "-r "+addr+":53 ") == want
		})
	}
	holds(5*time.Second, "192.168.31.101", true)
	holds(5*time.Second, "192.168.31.102", true)
	known, server := l.flow(), ""
	for range 10 { // they take turns
		if server = exchange(t, known); server == "web1" {
			break
		}
		known = l.flow()
	}
	if server != "web1" {
		t.Fatalf("%q answered, and web1 never", server)
	}

	// Its flow is as fresh as can be, and an order has a minute to spare.
	d.order("drain", "192.168.31.101:53", "--deadline", "1m")
	holds(0, "192.168.31.101", false)
	for range 20 {
		if name := exchange(t, l.flow()); name != "web2" {
			t.Errorf("%q answered a new client, want web2", name)
		}
	}
	if name := exchange(t, known); name != "" {
		t.Errorf("%q answered the known client; the kernel drops what it sends to who is out", name)
	}
	d.order("resume", "192.168.31.101:53")
	holds(time.Second, "192.168.31.101", true)

	// So it is when the server is taken out of the policy.
	l.policy("dns.lua", strings.Replace(both, `real_server "192.168.31.101:53",`, "", 1))
	holds(5*time.Second, "192.168.31.101", false)
	if name := exchange(t, l.flow()); name != "web2" {
		t.Errorf("%q answered a new client, want web2", name)
	}
}
