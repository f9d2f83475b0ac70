package ipvs

import (
	"errors"
	"syscall"
	"testing"
)

// These tests need no IPVS: every kernel answers an empty message.

func openTestSocket(t *testing.T) *socket {
	t.Helper()
	s, err := openSocket()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func TestOnlyTheKernelIsHeard(t *testing.T) {
	s := openTestSocket(t)
	stranger, err := syscall.Socket(syscall.AF_NETLINK, syscall.SOCK_RAW, syscall.NETLINK_GENERIC)
	if err != nil {
		t.Fatal(err)
	}
	defer syscall.Close(stranger)
	to := &syscall.SockaddrNetlink{Family: syscall.AF_NETLINK, Pid: s.conn.PID()}
	if err := syscall.Sendto(stranger, result(1, syscall.EPERM), 0, to); err != nil {
		t.Fatal(err)
	}
	if err := s.send(appendSentinel(nil, 1)); err != nil {
		t.Fatal(err)
	}
	answer, err := s.receive(true)
	if err != nil {
		t.Fatal(err)
	}
	m, _, err := nextMessage(answer)
	if err != nil || m.typ != typeError || m.seq != 1 {
		t.Fatal(m, err)
	}
	if errno, err := m.errno(); errno != 0 || err != nil {
		t.Errorf("heard %v, %v", errno, err)
	}
}

func TestADatagramThatDoesNotFitIsAnError(t *testing.T) {
	s := openTestSocket(t)
	if err := s.send(appendSentinel(nil, 1)); err != nil {
		t.Fatal(err)
	}
	s.inbox = newInbox(8)
	if b, err := s.receive(true); err == nil {
		t.Errorf("received %x", b)
	}
}

func TestLateAnswersDoNotDisturbTheSearchForTheFamily(t *testing.T) {
	s := openTestSocket(t)
	for seq := range uint32(10) {
		if err := s.send(appendSentinel(nil, seq+1)); err != nil {
			t.Fatal(err)
		}
	}
	// A kernel without IPVS answers ENOENT.
	if _, err := s.family(); err != nil && !errors.Is(err, syscall.ENOENT) {
		t.Error(err)
	}
}

func TestAClosedSocketGivesErrors(t *testing.T) {
	s, err := openSocket()
	if err != nil {
		t.Fatal(err)
	}
	if err := s.close(); err != nil {
		t.Fatal(err)
	}
	_, familyErr := s.family()
	_, receiveErr := s.receive(true)
	if sendErr := s.send(nil); sendErr == nil || receiveErr == nil || familyErr == nil {
		t.Error(sendErr, receiveErr, familyErr)
	}
}
