package luaapi

import (
	"fmt"
	"net"
	"os"
	"strings"
	"testing"

	"luavs/checks/servertest"
)

func TestProbesOfMail(t *testing.T) {
	t.Parallel()
	d, pop := servertest.New(t, servertest.Nobody), servertest.Port(t).String()
	_, popPort, _ := net.SplitHostPort(pop)
	cert, key := certificate(t)
	d.Write("cert.pem", cert)
	d.Write("key.pem", key)
	conf := d.Write("dovecot.conf", strings.ReplaceAll(dovecotConfig, "POP", popPort))
	secure := fmt.Sprintf(`tls = "starttls", server_name = "mail.example.org", roots = [[%s]]`, cert)
	d.Start("dovecot-imapd dovecot-pop3d", "/usr/sbin/dovecot -F -c "+conf, passes(t, d, `check.imap {}`))
	for addr, kind := range map[string]string{d.Addr.String(): "imap", pop: "pop3"} {
		expectVerdicts(t, addr,
			`check.`+kind+` {}`, "pass",
			`check.`+kind+` { timeout = "5s", user = "health", password = "s3cret" }`, "pass",
			`check.`+kind+` { timeout = "5s", user = "health", password = "s3cret", `+secure+` }`, "pass",
			`check.`+kind+` { timeout = "10s", user = "health", password = "wrong" }`, "fail status: ",
			`check.`+kind+` { tls = "starttls" }`, "fail tls: certificate: ",
			`check.`+kind+` { tls = "starttls", verify = false }`, "pass",
			`check.`+kind+` { tls = "implicit" }`, "fail tls: ",
			`check.nntp {}`, "fail protocol: ")
	}
}

const dovecotConfig = `base_dir = DIR/run
state_dir = DIR/state
log_path = /dev/stderr
default_internal_user = nobody
default_login_user = nobody
default_internal_group = nogroup
protocols = imap pop3
ssl = yes
ssl_cert = <DIR/cert.pem
ssl_key = <DIR/key.pem
disable_plaintext_auth = no
auth_failure_delay = 0
mail_location = maildir:DIR/mail
passdb {
  driver = static
  args = password=s3cret
}
userdb {
  driver = static
  args = uid=65534 gid=65534 home=DIR
}
service imap-login {
  chroot =
  inet_listener imap {
    address = 127.0.0.1
    port = PORT
  }
  inet_listener imaps {
    port = 0
  }
}
service pop3-login {
  chroot =
  inet_listener pop3 {
    address = 127.0.0.1
    port = POP
  }
  inet_listener pop3s {
    port = 0
  }
}
service anvil {
  chroot =
}
service stats {
  chroot =
}
`

func TestProbeOfSMTP(t *testing.T) {
	t.Parallel()
	d := servertest.New(t, servertest.Root) // it takes such a configuration from nobody else, and becomes Debian-exim
	d.Mkdir("spool")
	cert, key := certificate(t)
	d.Write("cert.pem", key+cert)
	for _, name := range []string{"", "spool", "cert.pem"} {
		if err := os.Chmod(d.Path(name), 0o777); err != nil {
			t.Fatal(err)
		}
	}
	conf := d.Write("exim.conf", `primary_hostname = mail.example.org
spool_directory = DIR/spool
log_file_path = DIR/spool/%slog
tls_advertise_hosts = *
tls_certificate = DIR/cert.pem
keep_environment =
helo_accept_junk_hosts =
`)
	d.Start("exim4-daemon-light", "/usr/sbin/exim4 -C "+conf+" -bdf -oX 127.0.0.1.PORT -oP DIR/pid", passes(t, d, `check.smtp {}`))
	secure := fmt.Sprintf(`tls = "starttls", server_name = "mail.example.org", roots = [[%s]]`, cert)
	expectVerdicts(t, d.Addr.String(),
		`check.smtp { timeout = "5s" }`, "pass",
		`check.smtp { timeout = "5s", helo = "lb.example.org", `+secure+` }`, "pass",
		`check.smtp { timeout = "5s", tls = "starttls" }`, "fail tls: certificate: ",
		`check.smtp { timeout = "5s", helo = "junk_!" }`, "fail status: EHLO junk_!: 501",
		`check.smtp { timeout = "5s", tls = "implicit" }`, "fail tls: TLS handshake: ",
		`check.nntp { timeout = "5s" }`, "fail status: greeting: 220 ",
		`check.pop3 { timeout = "5s" }`, "fail protocol: ")
}
