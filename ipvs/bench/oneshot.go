//go:build linux

package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"time"
)

// fourCalls and script do the same: a service and a destination are added, and
// both are deleted again.
var fourCalls = [][]string{
	{"-A", "-t", "10.0.0.1:80", "-s", "wrr"},
	{"-a", "-t", "10.0.0.1:80", "-r", "11.0.0.1:8080", "-m", "-w", "3"},
	{"-d", "-t", "10.0.0.1:80", "-r", "11.0.0.1:8080"},
	{"-D", "-t", "10.0.0.1:80"},
}

const script = `
local web = ipvs.service { addr = "10.0.0.1:80", scheduler = "wrr" }
web:add()
local d = ipvs.dest { addr = "11.0.0.1:8080", weight = 3 }
web:add_dest(d)
web:del_dest(d)
web:delete()
`

// oneShot times whole processes: one `luavs exec` of script beside four runs of
// ipvsadm. The first of each is not counted, because it reads the files.
func oneShot(luavs string, rounds int) error {
	dir, err := os.MkdirTemp("", "oneshot")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	file := filepath.Join(dir, "oneshot.lua")
	if err := os.WriteFile(file, []byte(script), 0o600); err != nil {
		return err
	}
	var ours, theirs []time.Duration
	for round := range rounds + 1 {
		a, err := timed(func() error { return start(luavs, "exec", file) })
		if err != nil {
			return err
		}
		b, err := timed(func() error {
			for _, args := range fourCalls {
				if err := start("ipvsadm", args...); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
		if round > 0 {
			ours, theirs = append(ours, a), append(theirs, b)
		}
	}
	fmt.Println("a service and a destination added and deleted, whole processes")
	a, b := median(ours), median(theirs)
	fmt.Printf("  %-16s %10v  x1.0\n", "luavs exec", a.Round(10*time.Microsecond))
	fmt.Printf("  %-16s %10v  x%.1f (ours is %.2f of it)\n", "ipvsadm, 4 calls", b.Round(10*time.Microsecond), float64(b)/float64(a), float64(a)/float64(b))
	return nil
}

func start(name string, args ...string) error {
	out, err := exec.Command(name, args...).CombinedOutput()
	if err != nil {
		return fmt.Errorf("%s %v: %w: %s", name, args, err, out)
	}
	return nil
}
