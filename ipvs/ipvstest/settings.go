package ipvstest

import (
	"errors"
	"io/fs"
	"strings"
	"syscall"
	"testing"
	"time"

	"luavs/ipvs"
)

func info(t *testing.T, k Kernel) {
	if got, err := k.Info(); err != nil || got.Version != "1.2.1" || got.ConnectionTable < 256 {
		t.Errorf("Info: %+v, %v", got, err)
	}
}

// timeouts are set one after the other; 0 leaves one as it is.
func timeouts(t *testing.T, k Kernel) {
	const longest = 2147483
	for _, step := range []struct {
		set, want [3]int64 // tcp, tcpfin and udp in seconds
		errno     syscall.Errno
	}{
		{want: [3]int64{900, 120, 300}},
		{set: [3]int64{0, 60, 0}, want: [3]int64{900, 60, 300}},
		{set: [3]int64{1, 0, longest}, want: [3]int64{1, 60, longest}},
		{set: [3]int64{5, -1, 5}, want: [3]int64{1, 60, longest}, errno: syscall.EINVAL},
		{set: [3]int64{longest + 1, 5, 5}, want: [3]int64{1, 60, longest}, errno: syscall.EINVAL},
		{set: [3]int64{longest, 2, 3}, want: [3]int64{longest, 2, 3}},
	} {
		if err := k.SetTimeouts(seconds(step.set)); !answers(err, step.errno) {
			t.Errorf("SetTimeouts%v: %v", step.set, err)
		}
		if got, err := k.Timeouts(); err != nil || got != seconds(step.want) {
			t.Errorf("after SetTimeouts%v: %v, %v", step.set, got, err)
		}
	}
	if err := k.SetTimeouts(ipvs.Timeouts{UDP: 1500 * time.Millisecond}); !answers(err, syscall.EINVAL) {
		t.Errorf("SetTimeouts with half a second: %v", err)
	}
}

func seconds(s [3]int64) ipvs.Timeouts {
	return ipvs.Timeouts{
		TCP: time.Duration(s[0]) * time.Second, TCPFIN: time.Duration(s[1]) * time.Second, UDP: time.Duration(s[2]) * time.Second,
	}
}

// answers says if err is a refusal with that errno and a reason, or nil for 0.
func answers(err error, errno syscall.Errno) bool {
	if errno == 0 {
		return err == nil
	}
	var refusal *ipvs.Error
	return errors.As(err, &refusal) && refusal.Errno == errno && refusal.Reason != "" && refusal.Op != ""
}

// sysctlScript sets variables: NAME VALUE, with the errno it gives.
const sysctlScript = `
	drop_entry 3
	drop_entry 4 ! EINVAL
	drop_entry -1 ! EINVAL
	drop_entry 1 2 ! EINVAL
	drop_entry 0x1 ! EINVAL
	drop_entry ! EINVAL
	drop_packet 3
	secure_tcp 3
	amemthresh 2147483647
	amemthresh 2147483648 ! EINVAL
	am_droprate -5 ! EINVAL
	backup_only 1
	backup_only 2 ! EINVAL
	conn_reuse_mode 0
	conn_reuse_mode 7 ! EINVAL
	expire_nodest_conn 1
	expire_quiescent_template 1
	sync_ports 64
	sync_ports 3 ! EINVAL
	sync_ports 0 ! EINVAL
	sync_ports 128 ! EINVAL
	sync_threshold 7 8
	sync_threshold  0   0
	sync_threshold 9 0
	sync_threshold 3 ! EINVAL
	sync_threshold 50 3 ! EINVAL
	sync_threshold -1 3 ! EINVAL
	sync_refresh_period 2147483
	sync_refresh_period 2147484 ! EINVAL
	sync_retries 3
	sync_retries 4 ! EINVAL
	sync_version 0
	sync_version 2 ! EINVAL
	sync_qlen_max 5
	sync_sock_size 1
	nat_icmp_send 1
	pmtu_disc 0
	snat_reroute 0
	sloppy_tcp 1
	sloppy_sctp 1
	schedule_icmp 1
	ignore_tunneled 1
	cache_bypass 1
	run_estimation 0
	sync_persist_mode 1
	conntrack 1
	est_nice 5 ! ENOENT
	nosuch 1 ! ENOENT
	../ip_forward 1 ! ENOENT`

func sysctls(t *testing.T, k Kernel) {
	for _, s := range ipvs.Sysctls() {
		missing := strings.HasPrefix(s.Needs, "Linux 6.2") || strings.HasPrefix(s.Needs, "the scheduler")
		if value, err := k.Sysctl(s.Name); !missing && (err != nil || s.Default != "" && value != s.Default) {
			t.Errorf("%s is %q, %v", s.Name, value, err)
		}
	}
	held := map[string]string{}
	for line := range strings.Lines(strings.TrimSpace(sysctlScript)) {
		command, errno, _ := strings.Cut(strings.TrimSpace(line), " ! ")
		name, value, _ := strings.Cut(command, " ")
		code := errnos[errno]
		err := k.SetSysctl(name, value)
		if !answers(err, code) {
			t.Errorf("%s: %v", command, err)
		}
		if code == syscall.ENOENT && !(errors.Is(err, ipvs.ErrNoSysctl) && errors.Is(err, fs.ErrNotExist)) {
			t.Errorf("%s: %v is not ErrNoSysctl", command, err)
		}
		if code == 0 {
			held[name] = strings.Join(strings.Fields(value), " ")
		}
		if got, err := k.Sysctl(name); held[name] != "" && (err != nil || got != held[name]) {
			t.Errorf("after %s: %q, %v", command, got, err)
		}
	}
	if _, err := k.Sysctl("nosuch"); !errors.Is(err, ipvs.ErrNoSysctl) {
		t.Errorf("Sysctl of nosuch: %v", err)
	}
	if _, err := k.Sysctl(""); !errors.Is(err, ipvs.ErrNoSysctl) {
		t.Errorf("Sysctl without a name: %v", err)
	}
}
