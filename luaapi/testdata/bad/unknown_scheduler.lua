virtual_server "10.0.0.1:80" {
  scheduler = "wrrr", -- want: there is no scheduler "wrrr" (did you mean "wrr"?)
  real_server "192.168.0.1:80",
}
virtual_server "10.0.0.9:5060" {
  protocol = "udp", persistence = 60, real_server "192.168.0.1:5060",
  pe = "sipp", -- want: field "pe": there is no persistence engine "sipp" (did you mean "sip"?); there is "sip"
}
