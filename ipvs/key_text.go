package ipvs

import (
	"fmt"
	"net/netip"
	"strconv"
	"strings"
)

// ParseServiceKey reads what [ServiceKey.String] prints.
func ParseServiceKey(text string) (ServiceKey, error) {
	wrong := fmt.Errorf("service %q is not like tcp 10.0.0.1:80 or fwmark 7 inet", text)
	first, rest, _ := strings.Cut(text, " ")
	var k ServiceKey
	if first == "fwmark" {
		number, family, _ := strings.Cut(rest, " ")
		mark, err := strconv.ParseUint(number, 10, 32)
		if err != nil {
			return ServiceKey{}, wrong
		}
		k = MarkKey(uint32(mark), map[string]Family{"inet": INET, "inet6": INET6}[family])
	} else {
		p, err := ParseProtocol(first)
		if err != nil {
			return ServiceKey{}, wrong
		}
		addr, err := netip.ParseAddrPort(rest)
		if err != nil {
			return ServiceKey{}, wrong
		}
		k = AddrKey(p, addr)
	}
	if k.String() != text {
		return ServiceKey{}, wrong
	}
	return k, nil
}

// MarshalText makes a ServiceKey what String prints, in JSON.
func (k ServiceKey) MarshalText() ([]byte, error) { return []byte(k.String()), nil }

// UnmarshalText reads what String prints.
func (k *ServiceKey) UnmarshalText(text []byte) (err error) {
	*k, err = ParseServiceKey(string(text))
	return err
}
