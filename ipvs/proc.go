package ipvs

import (
	"errors"
	"fmt"
	"os"
	"runtime"
)

// proc are the files that tell of the network namespace of the client.
type proc struct {
	root      string
	namespace os.FileInfo // of the thread that dialled
	err       error       // why there is none
}

const (
	namespaceFile  = "/thread-self/ns/net"
	connectionFile = "/thread-self/net/ip_vs_conn"
	sysctlFolder   = "/sys/net/ipv4/vs/"
)

func openProc(root string) proc {
	namespace, err := os.Stat(root + namespaceFile)
	return proc{root, namespace, err}
}

var errNamespace = errors.New("this thread is in another network namespace than the one that was dialled; use runtime.LockOSThread")

// open opens a file below the root. What is in it depends on the thread: it is
// an error if that has changed its network namespace since.
func (p proc) open(path string, flag int) (*os.File, error) {
	if p.err != nil {
		return nil, fmt.Errorf("find the network namespace: %v", p.err)
	}
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	now, err := os.Stat(p.root + namespaceFile)
	if err != nil {
		return nil, fmt.Errorf("find the network namespace: %v", err) // not what is missing below the root
	}
	if !os.SameFile(p.namespace, now) {
		return nil, errNamespace
	}
	return os.OpenFile(p.root+path, flag, 0)
}
