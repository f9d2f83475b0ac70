virtual_server "10.0.0.1:0" {
  name = "all", scheduler = "sh", scheduler_flags = { "sh-fallback", "sh-port" },
  persistence = "5m", persistence_netmask = "255.255.255.0", forward = "dr",
  real_server "192.168.0.1:0" { name = "one", weight = 0, upper_threshold = 100, lower_threshold = 50 },
}
virtual_server "10.0.0.1:53" { protocol = "udp", one_packet = true, real_server "192.168.0.1:53" }
virtual_server "10.0.0.1:5060" { protocol = "udp", pe = "sip", persistence = 60, real_server "192.168.0.1:5060" }
virtual_server "10.0.0.1:36412" { protocol = "sctp", scheduler = "rr", real_server "192.168.0.1:36412" }
