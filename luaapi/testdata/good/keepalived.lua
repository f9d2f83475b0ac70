require "keepalived"

-- As calls.
virtual_server "10.0.0.1:80" {
  delay_loop (6), lb_algo "wrr", lb_kind "NAT", persistence_timeout (50), protocol "TCP",
  quorum (2), hysteresis (1), sorry_server "192.168.0.9 80", inhibit_on_failure,
  real_server "192.168.0.1:80" {
    weight (1),
    HTTP_GET {
      url { path "/", status_code (200) },
      url { path "/api", status_code "200 301-302", virtualhost "api.example.org" },
      connect_timeout (3), retry (2), delay_before_retry (1),
    },
  },
  real_server "192.168.0.2 80" { weight (3), alpha, TCP_CHECK { connect_port (8080) } },
}

-- As fields, and both.
virtual_server "2001:db8::1 443" {
  name = "secure", lb_algo = "sh", sh_port = true, lb_kind = "DR", protocol = "TCP",
  delay_loop = 10, retry = 3, connect_timeout = 2, virtualhost = "www.example.org",
  real_server "2001:db8::2 443" { weight = 0, uthreshold = 100, lthreshold = 50, SSL_GET = { url = { path = "/x" }, enable_sni = true } },
  real_server "2001:db8::3 443" { SSL_GET { enable_sni, http_protocol "1.0", url { path = "/x", regex = "ok" } } },
}

virtual_server "10.0.0.2 53" {
  protocol "UDP", lb_algo "rr", ops,
  real_server "192.168.0.1 53" { DNS_CHECK { type = "A", name "example.org", retry = 0 } },
  real_server "192.168.0.2 53" { UDP_CHECK { payload "00ff", require_reply "0a..", min_reply_length (2) } },
  real_server "192.168.0.3 53" { PING_CHECK {}, connect_timeout (0.5) },
}

virtual_server_group "mail" { "10.0.0.3-4 25" }
virtual_server "group mail" {
  lb_kind "TUN type gue port 6080 csum",
  real_server "192.168.0.1 25" { SMTP_CHECK { helo_name "lb.example.org", bindto "192.168.0.254", fwmark (3) } },
}

virtual_server_group "marked" { "10.0.0.5 80", "fwmark 7" }
virtual_server "group marked" { lb_kind "TUN", real_server "192.168.0.1 80" { TCP_CHECK { connect_port (80) } } }
virtual_server "fwmark 8" { ip_family "inet", real_server "192.168.0.1" {} }
