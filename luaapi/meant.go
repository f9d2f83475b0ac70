package luaapi

import (
	"fmt"
	"strings"
	"sync"

	"luavs/luaapi/args"
)

// meant says what to write instead of a field that is not known: in words of
// keepalived, ldirectord and HAProxy, or in the wrong table.
var meant = sync.OnceValue(func() map[string]string {
	all := map[string]string{}
	for names, text := range map[string]string{
		"lb_algo lvs_sched balance":                                  `write scheduler = "wrr"`,
		"lb_kind lvs_method":                                         `write forward = "nat", "dr" or "tunnel"`,
		"delay_loop interval inter checkinterval":                    `write every = "5s", a field of a check`,
		"retry retries nb_get_retry checkcount":                      "write fall = 3, a field of a check",
		"connect_timeout checktimeout negotiatetimeout misc_timeout": `write timeout = "1s", a field of a check`,
		"every cron timeout rise fall fastinter":                     `is a field of a check: check = check.tcp { every = "5s" }`,
		"downinter jitter initial":                                   `is a field of a check: check = check.tcp { every = "5s" }`,
		"alpha init_state initial_state":                             `write initial = "down", a field of a check`,
		"path url body status status_code host headers":              `is for check.http { path = "/", status = 200, host = "www.example.org", body = "ready" }`,
		"TCP_CHECK HTTP_GET SSL_GET MISC_CHECK check_type":           `write check = check.tcp {}, or check.http, check.https, check.exec, check.lua`,
		"UDP_CHECK DNS_CHECK PING_CHECK":                             `write check = check.udp {}, check.dns {} or check.icmp {}`,
		"verify server_name roots tls ssl":                           "is for check.https",
		"follow follow_redirects max_redirects":                      "write redirects = 3",
		"username password token authorization":                      `write auth = { user = "...", password = "..." } or bearer = "..."`,
		"send_proxy send_proxy_v2":                                   `write proxy_protocol = "v1" or "v2"`,
		"h2 http2 http_version":                                      `write version = "2"`,
		"keepalive keep_alive":                                       "write reuse = true",
		"cert client_cert client_certificate":                        "write certificate and key",
		"latency slower_than":                                        `write degraded_latency = "300ms" or max_latency = "1s"`,
		"expires_within expiry":                                      `write warn_before = "14d" or fail_before = "1d"`,
		"command cmd args misc_path":                                 `the program and its arguments come first, without names: check.exec { "program", "argument" }`,
		"misc_dynamic dynamic":                                       `write weight_from = "exit"`,
		"sorry_server quorum hysteresis fallback":                    `is for policy = policy.standard { sorry_server = "192.168.0.9:80", quorum = 1 }`,
		"inhibit_on_failure":                                         `write policy = policy.standard { on_down = "zero" }`,
		"persistence_timeout":                                        `write persistence = "5m"`,
		"persistence_granularity":                                    "write persistence_netmask",
		"uthreshold maxconn":                                         "write upper_threshold",
		"lthreshold":                                                 "write lower_threshold",
		"scheduler protocol policy persistence one_packet":           "is a field of the virtual server",
		"slowstart warmup":                                           `write slow_start = "30s", a field of the virtual server`,
		"weight tags":                                                "is a field of a real server",
		"servers server real_server real_servers real nodes":         `real servers have no name before them: { real_server "192.168.0.1:80", real_server "192.168.0.2:80" }`,
		"ip address addr port":                                       `the address comes before the table: virtual_server "10.0.0.1:80" { ... }`,
	} {
		for name := range strings.FieldsSeq(names) {
			all[name] = text
		}
	}
	return all
})

// withMeaning adds what was meant to the mistake of an unknown field that is
// like no known one.
func withMeaning(m args.Mistake) string {
	if len(m.Path) == 0 {
		return m.Text
	}
	text, ok := meant()[m.Path[len(m.Path)-1]]
	if !ok || !strings.HasPrefix(m.Text, "unknown field") || !strings.HasSuffix(m.Text, `"`) {
		return m.Text
	}
	return fmt.Sprintf("%s (%s)", m.Text, text)
}
