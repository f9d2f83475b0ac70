package ipvs

import (
	"bufio"
	"fmt"
	"io"
	"net/netip"
	"strconv"
	"strings"
	"time"
)

// maxSaveLines bounds what ParseSave takes; the kernel's own limits are lower.
const maxSaveLines = 1 << 20

// ParseSave reads the text of ipvsadm -Sn or of [Table.String]. Empty lines
// and lines that begin with # are passed over. An error names the line.
func ParseSave(r io.Reader) (Table, error) {
	m := NewMemory()
	lines := bufio.NewScanner(r)
	for n := 1; lines.Scan(); n++ {
		line := strings.TrimSpace(lines.Text())
		if line == "" || line[0] == '#' {
			continue
		}
		c, err := ParseChange(line)
		if err == nil && n > maxSaveLines {
			err = fmt.Errorf("more than %d lines", maxSaveLines)
		}
		if err == nil && c.Op != AddService && c.Op != AddDestination {
			err = fmt.Errorf("%q changes a table; a saved one has -A and -a only", line)
		}
		if err == nil {
			err = m.applyOne(c)
		}
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", n, err)
		}
	}
	if err := lines.Err(); err != nil {
		return nil, err
	}
	return m.Table()
}

// ParseChange reads a command of ipvsadm: -A, -E, -D, -a, -e or -d with its
// options in short or long form, all addresses and ports in numbers. What is
// left out is as in ipvsadm: scheduler wlc, forwarding -g, weight 1, -p alone
// 360 s. The value is not validated.
func ParseChange(line string) (Change, error) {
	words := strings.Fields(line)
	if len(words) == 0 {
		return Change{}, fmt.Errorf("an empty command")
	}
	op, ok := commandWords[words[0]]
	if !ok {
		return Change{}, fmt.Errorf("%q is none of -A, -E, -D, -a, -e and -d", words[0])
	}
	p := parser{words: words[1:]}
	p.change = Change{Op: op, Service: Service{Scheduler: "wlc"}, Destination: Destination{Forward: Direct, Weight: 1}}
	for len(p.words) > 0 && p.err == nil {
		word := p.next()
		if p.err = p.option(word); p.err != nil {
			p.err = fmt.Errorf("%s: %w", word, p.err)
		}
	}
	return p.finish()
}

var commandWords = map[string]Op{
	"-A": AddService, "--add-service": AddService,
	"-E": SetService, "--edit-service": SetService,
	"-D": DelService, "--delete-service": DelService,
	"-a": AddDestination, "--add-server": AddDestination,
	"-e": SetDestination, "--edit-server": SetDestination,
	"-d": DelDestination, "--delete-server": DelDestination,
}

var longOptions = map[string]string{
	"--tcp-service": "-t", "--udp-service": "-u", "--fwmark-service": "-f", "--ipv6": "-6",
	"--scheduler": "-s", "--sched-flags": "-b", "--persistent": "-p", "--netmask": "-M", "--ops": "-o",
	"--real-server": "-r", "--weight": "-w", "--u-threshold": "-x", "--l-threshold": "-y",
	"--masquerading": "-m", "--gatewaying": "-g", "--ipip": "-i",
}

// A parser holds what the options of a line have said.
type parser struct {
	words          []string
	change         Change
	netmask, flags string // read when family and scheduler are known
	err            error
}

func (p *parser) next() string {
	if len(p.words) == 0 {
		return ""
	}
	word := p.words[0]
	p.words = p.words[1:]
	return word
}

func (p *parser) option(word string) error {
	if short, ok := longOptions[word]; ok {
		word = short
	}
	if p.serviceKey(word) || p.service(word) || p.destination(word) || p.tunnel(word) {
		return p.err
	}
	return fmt.Errorf("no such option")
}

func (p *parser) serviceKey(word string) bool {
	k := &p.change.Service.ServiceKey
	switch word {
	case "-t":
		*k = AddrKey(TCP, p.addrPort())
	case "-u":
		*k = AddrKey(UDP, p.addrPort())
	case "--sctp-service":
		*k = AddrKey(SCTP, p.addrPort())
	case "-f":
		*k = MarkKey(p.mark(), max(k.Family, INET))
	case "-6":
		k.Family = INET6
	default:
		return false
	}
	return true
}

func (p *parser) service(word string) bool {
	s := &p.change.Service
	switch word {
	case "-s":
		s.Scheduler = p.next()
	case "-b":
		p.flags = p.next()
	case "-p":
		s.Persistence = 360 * time.Second
		if len(p.words) > 0 && !strings.HasPrefix(p.words[0], "-") {
			s.Persistence = time.Duration(p.number(32)) * time.Second
		}
	case "-M":
		p.netmask = p.next()
	case "-o":
		s.OnePacket = true
	case "--pe":
		s.PE = p.next()
	default:
		return false
	}
	return true
}

func (p *parser) destination(word string) bool {
	d := &p.change.Destination
	switch word {
	case "-r":
		d.Addr = p.addrPort()
	case "-m":
		d.Forward = NAT
	case "-g":
		d.Forward = Direct
	case "-i":
		d.Forward = Tunnel
	case "-l":
		d.Forward = Local
	case "-w":
		d.Weight = int(p.number(31))
	case "-x":
		d.UpperThreshold = uint32(p.number(32))
	case "-y":
		d.LowerThreshold = uint32(p.number(32))
	default:
		return false
	}
	return true
}

func (p *parser) tunnel(word string) bool {
	e := &p.change.Destination.Encapsulation
	switch word {
	case "--tun-type":
		t, err := ParseTunnelType(p.next())
		e.Type, p.err = t, err
	case "--tun-port":
		e.Port = uint16(p.number(16))
	case "--tun-nocsum":
		e.Flags = 0
	case "--tun-csum":
		e.Flags = TunnelChecksum
	case "--tun-remcsum":
		e.Flags = TunnelRemoteChecksum
	default:
		return false
	}
	return true
}

func (p *parser) addrPort() netip.AddrPort {
	addr, err := netip.ParseAddrPort(p.next())
	if err != nil {
		p.err = fmt.Errorf("needs a numeric ADDRESS:PORT (ipvsadm -Sn): %w", err)
	}
	return addr
}

// mark reads a firewall mark. ipvsadm saves those from 2147483648 on as
// negative numbers; -6 is an option.
func (p *parser) mark() uint32 {
	if len(p.words) > 0 && strings.HasPrefix(p.words[0], "-") && p.words[0] != "-6" {
		n, err := strconv.ParseInt(p.next(), 10, 32)
		if err != nil {
			p.err = err
		}
		return uint32(n)
	}
	return uint32(p.number(32))
}

func (p *parser) number(bits int) uint64 {
	n, err := strconv.ParseUint(p.next(), 10, bits)
	if err != nil {
		p.err = err
	}
	return n
}

// finish reads what depends on other options.
func (p *parser) finish() (Change, error) {
	s := &p.change.Service
	if p.err == nil && p.flags != "" {
		s.SchedFlags, p.err = ParseSchedFlags(s.Scheduler, p.flags)
	}
	if p.err == nil && p.netmask != "" {
		s.Netmask, p.err = parseNetmask(p.netmask, s.Family)
	}
	switch {
	case p.err != nil:
		return Change{}, p.err
	case s.ServiceKey == ServiceKey{} || s.ServiceKey == ServiceKey{Family: INET6}:
		return Change{}, fmt.Errorf("names no service (-t, -u, -f or --sctp-service)")
	case p.change.Op < AddDestination:
		p.change.Destination = Destination{}
	case !p.change.Destination.Addr.IsValid():
		return Change{}, fmt.Errorf("names no destination (-r)")
	}
	return p.change, nil
}

func parseNetmask(text string, f Family) (netip.Addr, error) {
	if f == INET {
		mask, err := netip.ParseAddr(text)
		if err != nil {
			return netip.Addr{}, fmt.Errorf("-M: %w", err)
		}
		return mask, nil
	}
	n, err := strconv.ParseUint(text, 10, 8)
	if err != nil || n < 1 || n > 128 {
		return netip.Addr{}, fmt.Errorf("-M: %q is not a prefix length of 1 to 128", text)
	}
	return prefixMask(int(n)), nil
}
