package dns

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/netip"
	"os"
	"strconv"
	"strings"
)

const (
	resolvConf = "/etc/resolv.conf" // resolv.conf(5)
	hostsFile  = "/etc/hosts"       // hosts(5)

	maxFile = 16 << 20 // bytes of either
)

// System returns the resolver that /etc/resolv.conf describes.
func System() (Resolver, error) {
	text, err := read(resolvConf)
	if err != nil {
		return Resolver{}, fmt.Errorf("which name server to ask: %w", err)
	}
	r := parseResolvConf(text)
	if len(r.Servers) == 0 {
		return r, fmt.Errorf("%s names no nameserver: name one there, or in the policy", resolvConf)
	}
	return r, nil
}

// parseResolvConf reads what resolv.conf(5) says of servers and names. Of lines
// search and domain the last counts; without any the domain of the machine's
// own name is searched.
func parseResolvConf(text string) Resolver {
	r := Resolver{Dots: 1}
	if host, err := os.Hostname(); err == nil {
		if _, domain, ok := strings.Cut(host, "."); ok {
			r.Search = []string{domain}
		}
	}
	for line := range strings.Lines(text) {
		words := strings.Fields(line)
		if len(words) < 2 {
			continue
		}
		switch words[0] {
		case "nameserver":
			if ip, err := netip.ParseAddr(words[1]); err == nil {
				r.Servers = append(r.Servers, netip.AddrPortFrom(ip, 53))
			}
		case "domain", "search":
			r.Search = words[1:]
		case "options":
			r.options(words[1:])
		}
	}
	return r
}

// options reads the options that matter here: ndots, of which 15 is the most.
func (r *Resolver) options(words []string) {
	for _, word := range words {
		text, ok := strings.CutPrefix(word, "ndots:")
		if n, err := strconv.Atoi(text); ok && err == nil {
			r.Dots = min(max(n, 0), 15)
		}
	}
}

// Hosts returns what /etc/hosts says: the addresses of a name, in its order.
func Hosts(name string) ([]netip.Addr, error) {
	text, err := hosts()
	return addressesIn(text, name), err
}

// HostNames returns the names that /etc/hosts has for an address.
func HostNames(ip netip.Addr) ([]string, error) {
	text, err := hosts()
	return namesIn(text, ip), err
}

// hosts is /etc/hosts, which need not be there.
func hosts() (string, error) {
	text, err := read(hostsFile)
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	return text, err
}

func addressesIn(text, name string) (found []netip.Addr) {
	eachHost(text, func(ip netip.Addr, names []string) {
		for _, n := range names {
			if strings.EqualFold(n, strings.TrimSuffix(name, ".")) {
				found = append(found, ip)
				break
			}
		}
	})
	return found
}

func namesIn(text string, wanted netip.Addr) (found []string) {
	eachHost(text, func(ip netip.Addr, names []string) {
		if ip == wanted.Unmap() {
			found = append(found, names...)
		}
	})
	return found
}

// eachHost calls f with each line of hosts(5) that has an address.
func eachHost(text string, f func(ip netip.Addr, names []string)) {
	for line := range strings.Lines(text) {
		line, _, _ = strings.Cut(line, "#")
		words := strings.Fields(line)
		if len(words) < 2 {
			continue
		}
		if ip, err := netip.ParseAddr(words[0]); err == nil {
			f(ip.Unmap(), words[1:])
		}
	}
}

func read(path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err == nil && len(text) > maxFile {
		err = fmt.Errorf("%s: more than %d bytes", path, maxFile)
	}
	return string(text), err
}
