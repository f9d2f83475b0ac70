package ipvs

import (
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"syscall"
	"testing"
)

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
