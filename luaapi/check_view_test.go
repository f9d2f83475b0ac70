package luaapi

import (
	"testing"
	"time"

	"luavs/checks"
	"luavs/engine"
	"luavs/luaapi/vm"
)

// A policy compares the end of a certificate with os.time.
func TestTheEndOfACertificateIsATime(t *testing.T) {
	L := vm.New(vm.Options{}).State()
	last := checks.Result{Outcome: checks.Degraded, Cause: checks.TLS, Expires: time.Unix(1700000000, 999)}
	L.SetGlobal("list", checkList(L, &engine.ServerView{Checks: []engine.CheckView{{Last: last}}}))
	if err := L.DoString(`c = list[1]; got = c.outcome .. " " .. c.cause .. " " .. os.date("!%Y-%m-%d", c.expires)`); err != nil {
		t.Fatal(err)
	}
	if got := L.GetGlobal("got").String(); got != "degraded tls 2023-11-14" {
		t.Errorf("got %s", got)
	}
}
