//go:build linux

// Bench times our IPVS client beside its peers on the same work: moby/ipvs,
// cloudflare/ipvs and ipvsadm. It is a module of its own, so that the peers are
// no requirement of LuaVS. From the top folder, as root:
//
//	make bench-ipvs
//
// Every run works in a network namespace of its own, because the kernel keeps
// deleted destinations for minutes and each addition looks through them. The
// order of the peers changes from round to round; what is printed are medians,
// and how many times longer each peer took than we did. Those ratios, from one
// run, are what can be compared; the times depend on the machine.
package main

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"time"

	"golang.org/x/sys/unix"
)

func main() {
	rounds := flag.Int("rounds", 5, "how often each peer does each work")
	luavs := flag.String("luavs", "", "the luavs program whose start is timed too")
	flag.Parse()
	if *luavs != "" {
		if err := oneShot(*luavs, 4**rounds); err != nil {
			fmt.Fprintf(os.Stderr, "bench: one-shot script: %v\n", err)
			os.Exit(1)
		}
	}
	for _, w := range works {
		if err := compare(w, *rounds); err != nil {
			fmt.Fprintf(os.Stderr, "bench: %s: %v\n", w.name, err)
			os.Exit(1)
		}
	}
}

// compare has each peer do a work and prints the table of it.
func compare(w work, rounds int) error {
	times := make([][]time.Duration, len(peers))
	for round := range rounds {
		for i := range peers {
			p := (i + round) % len(peers)
			took, err := once(peers[p], w)
			if err != nil {
				return fmt.Errorf("%s: %w", peers[p].name, err)
			}
			times[p] = append(times[p], took)
		}
	}
	fmt.Println(w.name)
	ours := median(times[0])
	for p := range peers {
		m := median(times[p])
		fmt.Printf("  %-16s %10v  x%.1f\n", peers[p].name, m.Round(10*time.Microsecond), float64(m)/float64(ours))
	}
	return nil
}

func median(d []time.Duration) time.Duration {
	slices.Sort(d)
	return d[len(d)/2]
}

// once has a peer do a work in a new network namespace. Its thread ends with
// the goroutine, and the namespace with the thread.
func once(p peer, w work) (took time.Duration, err error) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		runtime.LockOSThread()
		if err = unix.Unshare(unix.CLONE_NEWNET); err != nil {
			return
		}
		if err = exec.Command("ip", "link", "set", "lo", "up").Run(); err != nil {
			return
		}
		var c client
		if c, err = p.open(); err != nil {
			return
		}
		defer c.close()
		took, err = w.run(c)
	}()
	<-done
	runtime.GC() // what a peer leaves behind is not the next one's to clean
	return took, err
}
