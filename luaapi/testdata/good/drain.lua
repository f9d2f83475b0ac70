virtual_server "10.0.0.1:80" {
  drain = "5m",
  real_server "192.168.0.1:80",
  real_server "192.168.0.2:80" { drain = 0 },
  real_server "192.168.0.3:80" { drain = { deadline = "1h" } },
}
virtual_server "10.0.0.1:53" { protocol = "udp", drain = 0, real_server "192.168.0.1:53" }
virtual_server { fwmark = 7, drain = { deadline = 30 }, real_server "192.168.0.1:0" }
