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
	if err := portMisfit(d, of); err != nil {
		ld.note(rs.at, nil, "%v", err)
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
