-- One of each kind, and what says the same in two ways.
virtual_server "10.0.0.1:80" {
  check = {
    check.tcp { send = "PING", expect = "PONG", proxy_protocol = "v1" },
    check.tcp { steps = { { send = "PING", expect = "PONGS" } } },
    check.tcp { steps = { { expect = "220" }, { send_hex = "0d 0a", expect_match = "^221" } } },
    check.tcp { expect_hex = "00 F." },
    check.tls { server_name = "a.example", alpn = "h2", min_version = "1.3", warn_before = "14d", fail_before = "1d12h", steps = { { expect = "OK" } } },
    check.udp {},
    check.udp { send = "a", expect = "b", max_length = 9, reply = true, source = "10.0.0.2", interface = "eth0", mark = 7 },
    check.dns {},
    check.dns { name = "a.example", type = "A", transport = "tcp", recursion = false, edns = 0, rcode = { "NOERROR", "NXDOMAIN" },
      answer = { "192.0.2.1", "192.0.2.2" }, answer_match = "^192", min_answers = 2, rules = "keepalived" },
    check.icmp { count = 3, replies = 2, interval = "50ms", size = 64, ttl = 9, addr = "10.0.0.9" },
  },
  real_server "192.168.0.1:80",
}
