package luaapi

import (
	"bufio"
	"io"
	"net"
	"os"
	"strings"
	"testing"

	"luavs/checks/servertest"
)

// expectVerdicts puts checks to a server: a check, and how its verdict begins.
func expectVerdicts(t *testing.T, addr string, pairs ...string) {
	t.Helper()
	for i := 0; i < len(pairs); i += 2 {
		expectVerdict(t, addr, pairs[i], pairs[i+1])
	}
}

func TestProbeOfRedis(t *testing.T) {
	t.Parallel()
	const line = "/usr/bin/redis-server --bind 127.0.0.1 --port PORT --dir DIR --save  --appendonly no --requirepass s3cret --masterauth s3cret"
	master, replica := servertest.New(t, servertest.Nobody), servertest.New(t, servertest.Nobody)
	master.Start("redis-server", line, passes(t, master, `check.redis { password = "s3cret" }`))
	replica.Start("redis-server", line+" --replicaof 127.0.0.1 "+master.Port(), passes(t, replica, `check.redis { password = "s3cret", role = "replica" }`))
	expectVerdicts(t, master.Addr.String(),
		`check.redis { password = "s3cret", role = "master" }`, "pass",
		`check.redis { user = "default", password = "s3cret" }`, "pass",
		`check.redis { password = "s3cret", role = "replica" }`, "fail verdict: role master, want replica",
		`check.redis { password = "wrong" }`, "fail status: AUTH: WRONGPASS",
		`check.redis {}`, "fail status: PING: NOAUTH",
		`check.smtp {}`, "fail timeout: ")
	expectVerdicts(t, replica.Addr.String(), `check.redis { password = "s3cret", role = "master" }`, "fail verdict: role replica, want master")
}

func TestProbeOfRedisWhoseMasterIsGone(t *testing.T) {
	t.Parallel()
	replica := servertest.New(t, servertest.Nobody)
	_, gone, _ := net.SplitHostPort(servertest.Port(t).String())
	replica.Start("redis-server", "/usr/bin/redis-server --bind 127.0.0.1 --port PORT --dir DIR --save  --replicaof 127.0.0.1 "+gone, passes(t, replica, `check.redis {}`))
	expectVerdicts(t, replica.Addr.String(), `check.redis { role = "replica" }`, "fail verdict: the replica is not connected to its master")
}

func TestProbeOfMemcached(t *testing.T) {
	t.Parallel()
	d := servertest.New(t, servertest.Nobody)
	d.Start("memcached", "/usr/bin/memcached -l 127.0.0.1 -p PORT -U 0 -m 8", passes(t, d, `check.memcached {}`))
	expectVerdicts(t, d.Addr.String(), `check.redis {}`, "fail protocol: PING: got ERROR", `check.ftp {}`, "fail timeout: ")
}

func TestProbeOfMySQL(t *testing.T) {
	t.Parallel()
	d := servertest.New(t, servertest.Nobody)
	d.Mkdir("data")
	d.Start("mariadb-server-core", "/usr/sbin/mariadbd --no-defaults --datadir=DIR/data --tmpdir=DIR --lc-messages-dir=/usr/share/mysql --skip-grant-tables --skip-innodb "+
		"--default-storage-engine=Aria --bind-address=127.0.0.1 --port=PORT --socket=DIR/s --pid-file=DIR/p --max-connections=10", passes(t, d, `check.mysql {}`))
	expectVerdicts(t, d.Addr.String(), `check.postgresql {}`, "fail protocol: the answer is not PostgreSQL's")
	for range 11 { // max-connections, and one for an administrator
		held, err := net.Dial("tcp", d.Addr.String())
		if err != nil {
			t.Fatal(err)
		}
		defer held.Close()
		if _, err := held.Read(make([]byte, 1)); err != nil {
			t.Fatal(err)
		}
	}
	expectVerdicts(t, d.Addr.String(), `check.mysql {}`, "fail status: error 1040: ")
}

func TestProbeOfPostgreSQL(t *testing.T) {
	t.Parallel()
	d := servertest.New(t, servertest.Nobody)
	initdb := d.Command("postgresql", postgresBinary(t, "initdb")+" -D DIR/data -U postgres -N -A trust --no-locale --no-instructions")
	if out, err := initdb.CombinedOutput(); err != nil {
		t.Fatalf("initdb: %v\n%s", err, out)
	}
	d.Write("data/pg_hba.conf", "host all nopass 127.0.0.1/32 reject\nhost all asked 127.0.0.1/32 md5\nhost all all 127.0.0.1/32 trust\n")
	d.Start("postgresql", postgresBinary(t, "postgres")+" -D DIR/data -h 127.0.0.1 -p PORT -k DIR -c fsync=off -c autovacuum=off", passes(t, d, `check.postgresql {}`))
	expectVerdicts(t, d.Addr.String(),
		`check.postgresql { user = "asked" }`, "pass",
		`check.postgresql { user = "nopass" }`, "fail status: 28000: pg_hba.conf rejects connection",
		`check.postgresql { database = "shop" }`, `fail status: 3D000: database "shop" does not exist`,
		`check.mysql {}`, "fail timeout: ")
}

func TestProbeOfLDAP(t *testing.T) {
	t.Parallel()
	d := servertest.New(t, servertest.Nobody)
	d.Mkdir("db")
	conf := d.Write("slapd.conf", `include /etc/ldap/schema/core.schema
pidfile DIR/pid
database ldif
directory DIR/db
suffix dc=example,dc=org
rootdn cn=health,dc=example,dc=org
rootpw s3cret
`)
	d.Start("slapd", "/usr/sbin/slapd -d 0 -h ldap://127.0.0.1:PORT -f "+conf, passes(t, d, `check.ldap {}`))
	expectVerdicts(t, d.Addr.String(),
		`check.ldap { bind_dn = "cn=health,dc=example,dc=org", password = "s3cret" }`, "pass",
		`check.ldap { bind_dn = "cn=health,dc=example,dc=org", password = "wrong" }`, "fail status: result code 49 (invalid credentials)",
		`check.ldap { bind_dn = "cn=`+strings.Repeat("long", 100)+`,dc=example,dc=org", password = "x" }`, "fail status: result code 49",
		`check.ldap { bind_dn = "no dn", password = "x" }`, "fail status: result code 34",
		`check.ldap { tls = "implicit" }`, "fail t", // tls, or timeout: it waits for more
		`check.imap {}`, "fail ")
}

func TestProbeOfFTP(t *testing.T) {
	t.Parallel()
	d := servertest.New(t, servertest.Nobody)
	conf := d.Write("vsftpd.conf", `listen=YES
listen_address=127.0.0.1
listen_port=PORT
background=NO
run_as_launching_user=YES
anonymous_enable=YES
anon_root=DIR
local_enable=NO
xferlog_enable=NO
seccomp_sandbox=NO
delay_failed_login=0
`)
	if err := os.Chmod(d.Dir, 0o500); err != nil {
		t.Fatal(err)
	}
	d.Start("vsftpd", "/usr/sbin/vsftpd "+conf, passes(t, d, `check.ftp {}`))
	expectVerdicts(t, d.Addr.String(),
		`check.ftp { user = "anonymous", password = "health@example.org" }`, "pass",
		`check.ftp { user = "somebody", password = "wrong", timeout = "5s" }`, "fail status: ",
		`check.smtp {}`, "fail status: EHLO localhost: 530",
		`check.imap {}`, "fail protocol: greeting: got 220")
}

func TestProbeOfRADIUS(t *testing.T) {
	t.Parallel()
	d := servertest.New(t, servertest.Nobody)
	d.Write("radiusd.conf", radiusConfig)
	d.Start("freeradius", "/usr/sbin/freeradius -f -l stdout -d DIR -n radiusd", passes(t, d, `check.radius { secret = "testing123" }`))
	expectVerdicts(t, d.Addr.String(),
		`check.radius { secret = "testing123", user = "health", password = "s3cret" }`, "pass",
		`check.radius { secret = "testing123", user = "health", password = "a password of more than 16 bytes" }`, "fail status: Access-Reject",
		`check.radius { secret = "testing123", user = "long", password = "a password of more than 16 bytes" }`, "pass",
		`check.radius { secret = "testing123", user = "health" }`, "fail status: Access-Reject",
		`check.radius { secret = "wrong", user = "health", password = "s3cret" }`, "fail timeout: ",
		`check.ntp {}`, "fail timeout: ")
}

const radiusConfig = `localstatedir = DIR
logdir = DIR
run_dir = DIR
libdir = /usr/lib/freeradius
max_requests = 256
security {
	status_server = yes
	reject_delay = 0
	allow_vulnerable_openssl = yes
}
client local {
	ipaddr = 127.0.0.1
	secret = testing123
	require_message_authenticator = yes
}
thread pool {
	start_servers = 1
	max_servers = 1
	min_spare_servers = 1
	max_spare_servers = 1
}
modules {
	pap {
	}
}
server default {
	listen {
		type = auth
		ipaddr = 127.0.0.1
		port = PORT
	}
	authorize {
		if (User-Name == "health") {
			update control {
				Cleartext-Password := "s3cret"
			}
		}
		if (User-Name == "long") {
			update control {
				Cleartext-Password := "a password of more than 16 bytes"
			}
		}
		pap
	}
	authenticate {
		Auth-Type PAP {
			pap
		}
	}
}
`

func TestProbeOfSIP(t *testing.T) {
	t.Parallel()
	d := servertest.New(t, servertest.Nobody)
	conf := d.Write("kamailio.cfg", `log_stderror=yes
children=1
tcp_children=1
listen=udp:127.0.0.1:PORT
listen=tcp:127.0.0.1:PORT
loadmodule "sl.so"
request_route {
	if (uri == "sip:gone@example.org") { sl_send_reply("404", "Not Found"); exit; }
	sl_send_reply("100", "Trying");
	sl_send_reply("200", "OK");
}
`)
	d.Start("kamailio", "/usr/sbin/kamailio -f "+conf+" -DD -E -Y DIR -P DIR/pid -m 16 -M 4", passes(t, d, `check.sip {}`))
	expectVerdicts(t, d.Addr.String(),
		`check.sip { transport = "tcp" }`, "pass",
		`check.sip { uri = "sip:gone@example.org" }`, "fail status: 404 Not Found",
		`check.sip { uri = "sip:gone@example.org", status = "^404" }`, "pass",
		`check.ntp {}`, "fail timeout: ")
}

func TestProbeOfNTP(t *testing.T) {
	t.Parallel()
	chrony := func(local string) *servertest.Server {
		d := servertest.New(t, servertest.Nobody)
		d.Write("chrony.conf", "port PORT\nbindaddress 127.0.0.1\nallow 127.0.0.1\ncmdport 0\nbindcmdaddress /\npidfile DIR/pid\n"+local)
		return d
	}
	const line = "/usr/sbin/chronyd -x -U -d -u nobody -f DIR/chrony.conf" // -x: the clock is left alone
	d := chrony("local stratum 3\n")
	d.Start("chrony", line, passes(t, d, `check.ntp {}`))
	expectVerdicts(t, d.Addr.String(),
		`check.ntp { max_stratum = 3, max_offset = 2 }`, "pass",
		`check.ntp { max_stratum = 2 }`, "fail verdict: stratum 3, want at most 2",
		`check.sip {}`, "fail timeout: ")
	lost := chrony("")
	const answers = `check.lua { function(rs)
		local sock = try(udp.connect(rs.addr))
		try(sock:send("\35" .. ("\0"):rep(47)))
		return #try(sock:receive()) == 48
	end }`
	lost.Start("chrony", line, passes(t, lost, answers))
	expectVerdict(t, lost.Addr.String(), `check.ntp {}`, "fail status: not synchronised")
	refuses := datagramServer(t, func(b []byte) []byte {
		return append(append([]byte("\xe4\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00RATE\x00\x00\x00\x00\x00\x00\x00\x00"), b[40:48]...), make([]byte, 16)...)
	})
	expectVerdict(t, refuses, `check.ntp {}`, "fail status: the server refuses: RATE")
}

// RabbitMQ and INN are too large for a test; these say what they say.
func TestProbeOfAMQP(t *testing.T) {
	t.Parallel()
	start := "\x01\x00\x00\x00\x00\x00\x09\x00\x0a\x00\x0a\x00\x09abc\xce"
	speaks := func(answer string) string {
		return listener(t, func(c net.Conn) {
			header := make([]byte, 8)
			if _, err := io.ReadFull(c, header); err == nil && string(header) == "AMQP\x00\x00\x09\x01" {
				io.WriteString(c, answer)
				io.Copy(io.Discard, c)
			}
		})
	}
	for answer, want := range map[string]string{
		start:                          "pass",
		"AMQP\x00\x01\x00\x00":         "fail protocol: the server does not speak AMQP 0-9-1",
		start[:len(start)-1] + "x":     "fail protocol: the frame has no end",
		start[:8] + "\x32" + start[9:]: "fail protocol: method 50.10, want 10.10",
	} {
		expectVerdict(t, speaks(answer), `check.amqp {}`, want)
	}
}

func TestProbeOfNNTP(t *testing.T) {
	t.Parallel()
	news := listener(t, func(c net.Conn) {
		io.WriteString(c, "201 news.example.org ready, no posting\r\n")
		for lines := bufio.NewScanner(c); lines.Scan(); {
			switch lines.Text() {
			case "GROUP local.test":
				io.WriteString(c, "211 3 1 3 local.test\r\n")
			case "QUIT":
				return
			default:
				io.WriteString(c, "411 no such group\r\n")
			}
		}
	})
	expectVerdicts(t, news,
		`check.nntp {}`, "pass",
		`check.nntp { group = "local.test" }`, "pass",
		`check.nntp { group = "local.other" }`, "fail status: GROUP: 411 no such group")
	expectVerdict(t, says(t, "400 overloaded\r\n"), `check.nntp {}`, "fail status: greeting: 400 overloaded")
}
