package ipvs

import "testing"

func TestParseServiceKeyReadsWhatIsPrinted(t *testing.T) {
	for _, text := range []string{
		"tcp 10.0.0.1:80", "udp 10.0.0.1:53", "sctp 10.0.0.1:5060", "tcp [2001:db8::1]:80",
		"fwmark 7 inet", "fwmark 4294967295 inet6",
	} {
		k, err := ParseServiceKey(text)
		if err != nil || k.String() != text {
			t.Errorf("%s: got %v, %v", text, k, err)
		}
	}
}

func TestParseServiceKeyRefusesAnythingElse(t *testing.T) {
	for _, text := range []string{
		"", "tcp", "10.0.0.1:80", "icmp 10.0.0.1:80", "tcp 10.0.0.1", "tcp 10.0.0.1:080", "tcp  10.0.0.1:80",
		"tcp ::ffff:10.0.0.1:80", "tcp [::ffff:10.0.0.1]:80", "fwmark 0 inet", "fwmark 7", "fwmark 7 inet5",
		"fwmark 07 inet", "fwmark 4294967296 inet", "fwmark -1 inet",
	} {
		if k, err := ParseServiceKey(text); err == nil {
			t.Errorf("%q: got %v, want an error", text, k)
		}
	}
}

func FuzzParseServiceKey(f *testing.F) {
	f.Add("tcp 10.0.0.1:80")
	f.Add("fwmark 7 inet6")
	f.Fuzz(func(t *testing.T, text string) {
		if k, err := ParseServiceKey(text); err == nil && k.String() != text {
			t.Errorf("%q is printed as %q", text, k)
		}
	})
}
