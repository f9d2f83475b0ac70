//go:build kernel

package main

import (
	"net/netip"
	"strings"
	"testing"
	"time"

	"luavs/ipvs"
	"luavs/ipvs/ipvstest"
)

// history is every table that the kernel has had since it began, as the requests
// to the kernel say: it needs no daemon's word, and misses nothing that stood for
// a moment.
type history struct {
	*ipvstest.Monitor
	t    *testing.T
	read int // moments that news has returned
}

// history begins with the table that is there.
func (l *lab) history() *history {
	l.t.Helper()
	return &history{Monitor: ipvstest.NewMonitor(l.t), t: l.t, read: 1}
}

// news returns the moments since it was last called.
func (h *history) news() []ipvstest.Moment {
	h.t.Helper()
	all := h.Moments()
	news := all[h.read:]
	h.read = len(all)
	return news
}

// quiet requires that nobody has asked the kernel for a change since the news
// were last read.
func (h *history) quiet(when string) {
	h.t.Helper()
	for _, m := range h.news() {
		h.t.Errorf("%s the kernel was asked to %s", when, m.Request)
	}
}

// sees waits until exactly these serve.
func (h *history) sees(want string) {
	h.t.Helper()
	eventually(h.t, 10*time.Second, "served by "+want, func() bool {
		all := h.Moments()
		return serving(all[len(all)-1].Table) == want
	})
}

// served requires that at each moment somebody did, and returns how many moments
// there were.
func (h *history) served() int {
	h.t.Helper()
	all := h.Moments()
	for n, m := range all {
		if serving(m.Table) == "" {
			h.t.Errorf("moment %d: somebody asked the kernel to %s, and nobody served:\n%s", n, m.Request, m.Table)
		}
	}
	return len(all)
}

// serving is who has a weight in the virtual server, "web1 web2".
func serving(t ipvs.Table) string {
	var names []string
	for _, e := range t {
		for _, d := range e.Destinations {
			if e.ServiceKey == vipKey() && d.Weight > 0 {
				names = append(names, hostOf(d.Addr.String()))
			}
		}
	}
	return strings.Join(names, " ")
}

func vipKey() ipvs.ServiceKey { return ipvs.AddrKey(ipvs.TCP, netip.MustParseAddrPort(vipAddr)) }
