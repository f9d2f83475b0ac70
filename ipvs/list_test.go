package ipvs

import (
	"errors"
	"fmt"
	"strings"
	"syscall"
	"testing"
)

// destinationList is what a kernel answers to one request for destinations:
// datagrams of the last bytes of their addresses, such as "1 2|3".
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

func TestAFailureToListDestinationsNamesTheService(t *testing.T) {
	f := &fakeKernel{answer: func(m []message) [][]byte { return [][]byte{done(m[0].seq, syscall.ENOMEM)} }}
	_, err := dialFake(t, f).Destinations(testService.ServiceKey)
	if want := "service tcp 10.0.0.1:80: list its destinations: cannot allocate memory"; err == nil || err.Error() != want {
		t.Error(err)
	}
}
