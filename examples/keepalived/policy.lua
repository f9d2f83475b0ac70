-- A keepalived.conf in Lua: the words are keepalived's, with a comma behind each.
-- docs/keepalived.md tells which there are, and what else is different.

require "keepalived"

virtual_server "10.0.0.1 80" {
  delay_loop (6), lb_algo "wlc", lb_kind "DR", protocol "TCP",
  persistence_timeout (300),
  quorum (3), hysteresis (1),
  sorry_server "192.168.0.9 80",
  virtualhost "www.example.org",

  real_server "192.168.0.1 80" {
    weight (2), inhibit_on_failure,
    HTTP_GET { url { path "/healthz", status_code (200) }, connect_timeout (3), retry (2), delay_before_retry (1) },
  },
  real_server "192.168.0.2 80" {
    weight (2), inhibit_on_failure,
    HTTP_GET { url { path "/healthz", status_code (200) }, connect_timeout (3), retry (2), delay_before_retry (1) },
  },
}

-- What a configuration file cannot: a loop, and a function.
local mail = { lb_algo = "rr", lb_kind = "NAT", delay_loop = 10 }
for i = 1, 3 do
  mail[i] = real_server("192.168.0.1" .. i .. " 25") {
    SMTP_CHECK { helo_name "lb.example.org", connect_timeout (5) },
    notify_down = function(ev) log.warn("mail server down", { server = ev.server.addr, reason = ev.reason }) end,
  }
end
virtual_server "10.0.0.1 25" (mail)
