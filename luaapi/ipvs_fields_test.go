package luaapi

import "testing"

func TestParseKey(t *testing.T) {
	for text, want := range map[string]string{
		"10.0.0.1:80":             "tcp 10.0.0.1:80",
		"tcp 10.0.0.1:80":         "tcp 10.0.0.1:80",
		"sctp [2001:db8::1]:5060": "sctp [2001:db8::1]:5060",
		"[::ffff:10.0.0.1]:80":    "tcp 10.0.0.1:80",
		"fwmark 7":                "fwmark 7 inet",
		"fwmark 4294967295 inet6": "fwmark 4294967295 inet6",
	} {
		if key, err := parseKey(text); err != nil || key.String() != want {
			t.Errorf("parseKey(%q) = %v, %v; want %s", text, key, err, want)
		}
	}
	for _, text := range []string{"", "10.0.0.1", "icmp 10.0.0.1:80", "tcp", "tcp 10.0.0.1:80 inet", "fwmark", "fwmark 0", "fwmark -1", "fwmark 4294967296", "fwmark 7 ipx", "[fe80::1%eth0]:80"} {
		if key, err := parseKey(text); err == nil {
			t.Errorf("parseKey(%q) = %v, want an error", text, key)
		}
	}
}

// What is read prints as something that reads the same.
func FuzzParseKey(f *testing.F) {
	for _, s := range []string{"10.0.0.1:80", "udp [2001:db8::1]:53", "fwmark 7 inet6", "fwmark 7"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		key, err := parseKey(text)
		if err != nil {
			return
		}
		if again, err := parseKey(key.String()); err != nil || again != key {
			t.Errorf("parseKey(%q) = %v, which reads as %v, %v", text, key, again, err)
		}
	})
}

// Every mask of a prefix reads as it was written.
func TestPrefixMasks(t *testing.T) {
	for _, size := range []int{32, 128} {
		for length := 1; length < size; length++ {
			mask := prefixMask(length, size)
			if n := prefixLength(mask); n != length {
				t.Errorf("the mask of /%d is %v, which is /%d", length, mask, n)
			}
		}
	}
}

// A mask of IPv4 that is no prefix is one for IPVS, and reads as it was written.
func TestANetmaskThatIsNoPrefix(t *testing.T) {
	b := newBench(t)
	got := b.must(t, `
		local s = ipvs.service { addr = "10.0.0.1:80", persistence = 60, persistence_netmask = "255.0.255.0" }
		s:add()
		print(ipvs.find("10.0.0.1:80").persistence_netmask)
		s.persistence_netmask = 24
		print(s.persistence_netmask)
		s.persistence_netmask = 32
		print(s.persistence_netmask)`)
	if want := "255.0.255.0\n255.255.255.0\nnil"; got != want {
		t.Errorf("printed\n%s\nwant\n%s", got, want)
	}
	if want := "-A -t 10.0.0.1:80 -s wlc -p 60\n"; b.kernel.String() != want {
		t.Errorf("the kernel has\n%swant\n%s", b.kernel, want)
	}
}
