virtual_server "10.0.0.1:80" {
  check = {
    check.tcp { interface = "longer than a name" }, -- want: field "interface": interface "longer than a name"
    check.tls { source = "::1", addr = "10.0.0.1" }, -- want: field "source": source ::1: of another address family
    check.http { source = "::1", addr = "10.0.0.1" }, -- want: field "source": source ::1: of another address family
    check.udp { mark = 0 }, -- want: field "mark"
    check.dns { source = "10.0.0.1:53" }, -- want: the port is a field of its own
    check.icmp { port = 80 }, -- want: unknown field "port"
    check.tcp { steps = { { send = "x" }, {} } }, -- want: item 2 of "steps": neither sends nor expects anything
    check.tcp { steps = { { sned = "x" } } }, -- want: unknown field "steps.1.sned" (did you mean "send"?)
    check.tcp { steps = { "x" } }, -- want: item 1 of "steps": want a table such as
    check.tcp { steps = {} }, -- want: field "steps": want a list
    check.tcp { send = "x", steps = { { expect = "y" } } }, -- want: field "steps": are the whole conversation
    check.tcp { send_hex = "0g" }, -- want: field "send_hex": "0g" is no byte
    check.tcp { send_hex = "0." }, -- want: a dot is for what is expected
    check.tcp { send_hex = "00", send = "x" }, -- want: write one of them
    check.tls { expect_hex = "123" }, -- want: want two digits for each byte
    check.tls { proxy_protocol = "v3" }, -- want: want "v1" or "v2", got "v3"
    check.tls { min_version = "1.4" }, -- want: field "min_version"
    check.tls { certificate = "x" }, -- want: field "key": the certificate is of no use
    check.tls { roots = "x" }, -- want: field "roots": want PEM
    check.tls { warn_before = "1d", fail_before = "2d" }, -- want: field "warn_before"
    check.udp { min_length = 4, max_length = 2 }, -- want: field "max_length": max_length 2: is below min_length 4
    check.udp { reply = false, expect = "x" }, -- want: field "reply"
    check.dns { type = "a" }, -- want: got "a" (did you mean "A"?)
    check.dns { name = "a..b" }, -- want: field "name": name "a..b": label ""
    check.dns { rcode = { "NXDOMIAN" } }, -- want: field "rcode": rcode "NXDOMIAN": want one of NOERROR
    check.dns { type = "MX", answer = "mail" }, -- want: field "answer": answer "mail": want 2 words for MX
    check.dns { edns = 100 }, -- want: field "edns": edns 100
    check.icmp { count = 2, replies = 3 }, -- want: field "replies": replies 3: want 1 to count, which is 2
    check.icmp { interval = "-1s" }, -- want: field "interval"
  },
}
