package luaapi

import (
	"errors"
	"slices"
	"strings"

	"luavs/ipvs"
	"luavs/luaapi/args"
)

// judgeService notes what the kernel would refuse of a service.
func (ld *loader) judgeService(d *declared) {
	spec := d.service.Spec
	if known := ipvs.Schedulers(); !slices.Contains(known, spec.Scheduler) {
		ld.note(d.at, []string{"scheduler"}, `field "scheduler": there is no scheduler %q%s`, spec.Scheduler, args.Hint(spec.Scheduler, known))
	}
	if known := []string{"sip"}; spec.PE != "" && !slices.Contains(known, spec.PE) {
		ld.note(d.at, []string{"pe"}, `field "pe": there is no persistence engine %q%s; there is "sip"`, spec.PE, args.Hint(spec.PE, known))
	}
	if d.clean {
		ld.noteRefusal(d.at, spec.Validate())
	}
}

// judgeServer notes what does not fit between a real server and its virtual
// server.
func (ld *loader) judgeServer(rs *realServer, of ipvs.Service) {
	d := rs.dest
	if !rs.clean {
		return
	}
	if err := d.Validate(of); err != nil {
		ld.noteRefusal(rs.at, err)
		return
	}
	if of.FWMark > 0 || d.Addr.Port() == of.Addr.Port() {
		return
	}
	switch {
	case d.Forward == ipvs.Direct || d.Forward == ipvs.Tunnel:
		ld.note(rs.at, nil, "real_server %s: forward = %q leaves the port of a packet as it is, and the virtual server's is %d",
			d.Addr, d.Forward, of.Addr.Port())
	case d.Addr.Port() == 0:
		ld.note(rs.at, nil, "real_server %s: port 0 stands for the virtual server's port, and is for one of all ports; write port %d",
			d.Addr, of.Addr.Port())
	}
}

// faultFields lead from the words a refusal begins with to the field it is about.
var faultFields = []struct{ words, field string }{
	{"netmask", "persistence_netmask"},
	{"one-packet", "one_packet"},
	{"persistence", "persistence"},
	{"lower threshold", "lower_threshold"},
	{"upper threshold", "upper_threshold"},
	{"encapsulation", "tunnel"},
	{"gue", "tunnel"},
	{"gre", "tunnel"},
	{"ipip", "tunnel"},
}

// noteRefusal notes why the kernel would refuse a service or a destination.
func (ld *loader) noteRefusal(at position, err error) {
	if err == nil {
		return
	}
	text, about := err.Error(), err.Error()
	var refused *ipvs.Error
	if errors.As(err, &refused) {
		about = refused.Reason
	}
	for _, r := range faultFields {
		if strings.HasPrefix(about, r.words) {
			ld.note(at, []string{r.field}, "%s", text)
			return
		}
	}
	ld.note(at, nil, "%s", text)
}
