package checks

import (
	"unsafe"

	"golang.org/x/net/bpf"
	"golang.org/x/sys/unix"
)

// repliesOnly lets a raw socket hear replies to requests of one ID alone, so
// that the pings of others do not fill its buffer; what came before is dropped.
// What ICMP says of our requests is reported all the same.
func (s *datagramSocket) repliesOnly(six bool, id uint16) error {
	program, err := bpf.Assemble(replyFilter(six, id))
	if err != nil {
		return err
	}
	filter := make([]unix.SockFilter, len(program))
	for i, ins := range program {
		filter[i] = unix.SockFilter{Code: ins.Op, Jt: ins.Jt, Jf: ins.Jf, K: ins.K}
	}
	prog := unix.SockFprog{Len: uint16(len(filter)), Filter: unsafe.SliceData(filter)}
	fault := s.conn.Control(func(fd uintptr) {
		err = unix.SetsockoptSockFprog(int(fd), unix.SOL_SOCKET, unix.SO_ATTACH_FILTER, &prog)
		for heard := error(nil); heard == nil; {
			_, _, heard = unix.Recvfrom(int(fd), nil, unix.MSG_TRUNC)
		}
	})
	if fault != nil {
		return fault
	}
	return err
}

// replyFilter accepts a packet whose ICMP header, which with IPv4 comes behind
// the IP header, is that of a reply with the ID.
func replyFilter(six bool, id uint16) []bpf.Instruction {
	kind := uint32(reply4)
	begin := bpf.Instruction(bpf.LoadMemShift{Off: 0})
	if six {
		kind = reply6
		begin = bpf.LoadConstant{Dst: bpf.RegX, Val: 0}
	}
	return []bpf.Instruction{
		begin,
		bpf.LoadIndirect{Off: 0, Size: 1},
		bpf.JumpIf{Cond: bpf.JumpNotEqual, Val: kind, SkipTrue: 3},
		bpf.LoadIndirect{Off: 4, Size: 2},
		bpf.JumpIf{Cond: bpf.JumpNotEqual, Val: uint32(id), SkipTrue: 1},
		bpf.RetConstant{Val: 1 << 16},
		bpf.RetConstant{Val: 0},
	}
}
