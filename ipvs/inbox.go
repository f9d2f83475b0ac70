package ipvs

import (
	"fmt"
	"syscall"
	"unsafe"
)

// inboxSlots is how many datagrams a system call takes at most. A list that
// fits a datagram is two: the data and its end.
const inboxSlots = 2

// An inbox holds the datagrams that one recvmmsg(2) took.
type inbox struct {
	buffers [inboxSlots][]byte
	senders [inboxSlots]syscall.RawSockaddrNetlink
	vectors [inboxSlots]syscall.Iovec
	headers [inboxSlots]multiHeader
	next    int // the first that was not handed on
	count   int
}

// A multiHeader is struct mmsghdr of recvmmsg(2).
type multiHeader struct {
	header syscall.Msghdr
	length uint32
}

// newInbox returns an inbox for datagrams of so many bytes.
func newInbox(size int) *inbox {
	b := &inbox{}
	for i := range inboxSlots {
		b.buffers[i] = make([]byte, size)
		b.vectors[i].Base = &b.buffers[i][0]
		b.vectors[i].SetLen(size)
		h := &b.headers[i].header
		h.Iov, h.Iovlen = &b.vectors[i], 1
		h.Name = (*byte)(unsafe.Pointer(&b.senders[i]))
	}
	return b
}

// fill takes the datagrams that wait, without waiting for more.
func (b *inbox) fill(fd uintptr) error {
	b.next, b.count = 0, 0
	for i := range b.headers {
		b.headers[i].header.Namelen = syscall.SizeofSockaddrNetlink
	}
	n, _, errno := syscall.Syscall6(syscall.SYS_RECVMMSG, fd, uintptr(unsafe.Pointer(&b.headers[0])), inboxSlots,
		syscall.MSG_DONTWAIT, 0, 0)
	if errno != 0 {
		return errno
	}
	b.count = int(n)
	return nil
}

// take returns the next datagram of the kernel, whose netlink port is 0: any
// process may send to any netlink socket. It is nil if there is none.
func (b *inbox) take() ([]byte, error) {
	for b.next < b.count {
		i := b.next
		b.next++
		if b.senders[i].Pid != 0 {
			continue
		}
		if b.headers[i].header.Flags&syscall.MSG_TRUNC != 0 {
			return nil, fmt.Errorf("datagram of more than %d bytes", len(b.buffers[i]))
		}
		return b.buffers[i][:b.headers[i].length], nil
	}
	return nil, nil
}
