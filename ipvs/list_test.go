package ipvs

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"syscall"
	"testing"
)

// A list is what a kernel answers to one request for destinations: datagrams
// of the last bytes of their addresses, such as "1 2|3".
func destinationList(seq uint32, list string) [][]byte {
	var out [][]byte
	for chunk := range strings.SplitSeq(list, "|") {
		var datagram []byte
		for word := range strings.FieldsSeq(chunk) {
			var i int
			fmt.Sscan(word, &i)
			datagram = append(datagram, data(seq, 0, appendDestination(nil, testDestination(i)))...)
		}
		if len(datagram) > 0 {
			out = append(out, datagram)
		}
	}
	return append(out, done(seq, 0))
}

func TestAListOfSeveralDatagramsIsReadUntilTwoAgree(t *testing.T) {
	for name, test := range map[string]struct {
		reads []string // the last stays
		want  string
		fails bool
	}{
		"one datagram is certain":      {reads: []string{"1 2 3", "9"}, want: "1 2 3"},
		"two that agree":               {reads: []string{"1 2|3", "3|2 1", "9"}, want: "1 2 3"},
		"an addition in the first":     {reads: []string{"1 2|2 3", "4 1|2 3", "4 1|2 3", "9"}, want: "1 2 3 4"},
		"a deletion in the first":      {reads: []string{"1 2|4", "2 3|4", "2 3|4", "9"}, want: "2 3 4"},
		"short at the second":          {reads: []string{"1 2|3", "1", "9"}, want: "1"},
		"the service goes":             {reads: []string{"1 2|3", ""}, want: ""},
		"twice in one datagram":        {reads: []string{"2 1 2"}, want: "1 2"},
		"another one each time":        {reads: []string{"1|2", "1|3", "1|4", "1|5", "1|6", "1|6"}, fails: true},
		"certain in the last attempt":  {reads: []string{"1|2", "1|3", "1|4", "1|5", "6"}, want: "6"},
		"an answer that came too late": {reads: []string{"1 2|3", "1 2|3"}, want: "1 2 3"},
	} {
		reads := test.reads
		f := &fakeKernel{answer: func(m []message) [][]byte {
			if command(m[0]) == cmdGetService {
				return [][]byte{data(m[0].seq, 0, appendService(nil, testService)), result(m[0].seq, 0)}
			}
			list := reads[0]
			if len(reads) > 1 {
				reads = reads[1:]
			}
			return append([][]byte{result(m[0].seq-100, syscall.EINVAL)}, destinationList(m[0].seq, list)...)
		}}
		list, err := dialFake(t, f).Destinations(testService.ServiceKey)
		if err != nil != test.fails || errors.Is(err, errInterrupted) != test.fails {
			t.Errorf("%s: %v", name, err)
		}
		var got []string
		for _, d := range list {
			got = append(got, fmt.Sprint(d.Addr.Addr().As4()[3]))
		}
		if strings.Join(got, " ") != test.want {
			t.Errorf("%s: %q", name, got)
		}
	}
}

// tableKernel answers lists of services with those of reads, the last bytes of
// their addresses, one read after the other; each has one destination.
func tableKernel(asked *int, reads ...string) *fakeKernel {
	return &fakeKernel{answer: func(m []message) [][]byte {
		seq := m[0].seq
		if command(m[0]) == cmdGetDest {
			*asked++
			return destinationList(seq, "1")
		}
		var out [][]byte
		for word := range strings.FieldsSeq(reads[0]) {
			s := testService
			s.ServiceKey = numbered(word)
			out = append(out, data(seq, 0, appendService(nil, s)))
		}
		if len(reads) > 1 {
			reads = reads[1:]
		}
		return append(out, done(seq, 0))
	}}
}

func numbered(word string) ServiceKey {
	return AddrKey(TCP, netip.MustParseAddrPort("10.0.0."+word+":80"))
}

func TestATableIsReadUntilItsServicesAreTheSame(t *testing.T) {
	for name, test := range map[string]struct {
		reads []string
		want  string
		asked int // for destinations
		fails bool
	}{
		"nothing":                   {reads: []string{""}},
		"nothing changes":           {reads: []string{"1 2"}, want: "1 2", asked: 2},
		"one comes":                 {reads: []string{"1", "1 2", "1 2"}, want: "1 2", asked: 2},
		"one goes":                  {reads: []string{"1 2", "2", "2"}, want: "2", asked: 2},
		"one goes and comes again":  {reads: []string{"1 2", "2", "1 2", "1 2"}, want: "1 2", asked: 3},
		"one was passed over":       {reads: []string{"1 3", "1 2 3", "1 2 3"}, want: "1 2 3", asked: 3},
		"one was twice":             {reads: []string{"1 1 2", "1 2"}, want: "1 2", asked: 2},
		"another one comes forever": {reads: []string{"1", "2", "3", "4", "5", "6"}, asked: 5, fails: true},
	} {
		asked := 0
		table, err := dialFake(t, tableKernel(&asked, test.reads...)).Table()
		if err != nil != test.fails || errors.Is(err, errInterrupted) != test.fails {
			t.Errorf("%s: %v", name, err)
		}
		var got []string
		for _, e := range table {
			got = append(got, fmt.Sprint(e.Addr.Addr().As4()[3]))
			if len(e.Destinations) != 1 {
				t.Errorf("%s: %d destinations", name, len(e.Destinations))
			}
		}
		if strings.Join(got, " ") != test.want || asked != test.asked {
			t.Errorf("%s: %q, and %d were asked for", name, got, asked)
		}
	}
}

func TestManyKeysAreFoundInAListOfAll(t *testing.T) {
	var keys []ServiceKey
	for i := range fewKeys + 1 {
		keys = append(keys, numbered(fmt.Sprint(i+1)))
	}
	asked := 0
	f := tableKernel(&asked, "3 200 5")
	table, err := dialFake(t, f).Table(append(keys, keys...)...)
	if err != nil || len(table) != 2 || table[0].ServiceKey != numbered("3") || table[1].ServiceKey != numbered("5") || asked != 2 {
		t.Errorf("%v, %v, and %d were asked for", table, err, asked)
	}
	for _, sent := range f.sent {
		if sent[0].flags&flagDump == 0 {
			t.Error("asked for one")
		}
	}
}

func TestAServiceThatGoesWhileItIsReadIsNotInTheTable(t *testing.T) {
	found := true
	f := &fakeKernel{answer: func(m []message) [][]byte {
		switch {
		case command(m[0]) == cmdGetDest:
			return [][]byte{done(m[0].seq, 0)}
		case !found:
			return [][]byte{result(m[0].seq, syscall.ESRCH)}
		}
		found = false
		return [][]byte{data(m[0].seq, 0, appendService(nil, testService)), result(m[0].seq, 0)}
	}}
	if table, err := dialFake(t, f).Table(testService.ServiceKey); err != nil || len(table) != 0 {
		t.Errorf("%v, %v", table, err)
	}
}

func TestAFailureToListDestinationsNamesTheService(t *testing.T) {
	f := &fakeKernel{answer: func(m []message) [][]byte { return [][]byte{done(m[0].seq, syscall.ENOMEM)} }}
	_, err := dialFake(t, f).Destinations(testService.ServiceKey)
	if want := "service tcp 10.0.0.1:80: list its destinations: cannot allocate memory"; err == nil || err.Error() != want {
		t.Error(err)
	}
}

// tunnels are additions of destinations with an encapsulation.
func tunnels(types ...TunnelType) []Change {
	changes := adds(len(types))
	for i, typ := range types {
		changes[i].Destination.Forward = Tunnel
		if changes[i].Destination.Encapsulation.Type = typ; typ == GUE {
			changes[i].Destination.Encapsulation.Port = 6080
		}
	}
	return changes
}

// knowing answers lists of destinations as a kernel that holds the changes but
// knows only some encapsulations.
func knowing(changes []Change, known ...TunnelType) func([]message) [][]byte {
	return func(m []message) [][]byte {
		if command(m[0]) != cmdGetDest {
			return acknowledge(m)
		}
		var datagram []byte
		for _, c := range changes {
			d := c.Destination
			if !slices.Contains(known, d.Encapsulation.Type) {
				d.Encapsulation = Encapsulation{}
			}
			datagram = append(datagram, data(m[0].seq, 0, appendDestination(nil, d))...)
		}
		return [][]byte{datagram, done(m[0].seq, 0)}
	}
}

func TestEncapsulationsThatTheKernelDoesNotKnowAreErrors(t *testing.T) {
	changes := tunnels(IPIP, GUE, GRE, GUE)
	f := &fakeKernel{answer: knowing(changes, IPIP, GRE)}
	c := dialFake(t, f)
	errs := c.Apply(changes)
	for i, err := range errs {
		if errors.Is(err, syscall.EOPNOTSUPP) != (i == 1 || i == 3) {
			t.Errorf("change %d: %v", i, err)
		}
	}
	if len(errs) != 4 || !strings.Contains(errs[1].Error(), "made ipip of the tunnel: gue needs Linux 5.2") {
		t.Error(errs)
	}
	if !c.confirmed[GRE] || c.confirmed[GUE] {
		t.Error(c.confirmed)
	}
}

func TestAnEncapsulationIsConfirmedOnce(t *testing.T) {
	changes := tunnels(GUE, GRE)
	f := &fakeKernel{answer: knowing(changes, GUE, GRE)}
	c := dialFake(t, f)
	for range 3 {
		if errs := c.Apply(changes); errs != nil {
			t.Error(errs)
		}
	}
	if len(f.sent) != 3+2 {
		t.Errorf("%d requests", len(f.sent))
	}
}

func TestWhatALaterChangeTouchesConfirmsNothing(t *testing.T) {
	made := tunnels(GUE)
	for _, later := range []Change{
		{Op: DelService, Service: testService},
		{Op: DelDestination, Service: testService, Destination: made[0].Destination},
		{Op: SetDestination, Service: testService, Destination: testDestination(0)},
	} {
		f := &fakeKernel{answer: knowing(made)}
		if errs := dialFake(t, f).Apply(append(slices.Clone(made), later)); errs != nil || len(f.sent) != 1 {
			t.Errorf("%v: %v after %d requests", later, errs, len(f.sent))
		}
	}
}
