package servertest

import (
	"net"
	"testing"
)

func TestAPortIsNotGivenOutTwice(t *testing.T) {
	seen := map[uint16]bool{}
	for range 200 {
		addr := Port(t)
		if seen[addr.Port()] {
			t.Fatalf("%v twice", addr)
		}
		seen[addr.Port()] = true
	}
}

func TestAPortIsFree(t *testing.T) {
	addr := Port(t)
	l, err := net.Listen("tcp", addr.String())
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	if free(addr) {
		t.Errorf("%v is free although somebody listens", addr)
	}
}

func TestThePortOfATestIsGivenBack(t *testing.T) {
	var name string
	t.Run("test", func(t *testing.T) { name = "@luavs-test-port-" + New(t, Nobody).Port() })
	l, err := net.Listen("unix", name)
	if err != nil {
		t.Fatalf("still reserved: %v", err)
	}
	l.Close()
}
