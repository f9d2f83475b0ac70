virtual_server "10.0.0.1:80" {
  drain = "soon", -- want: field "drain": want a duration
  real_server "192.168.0.1:80" { drain = {} }, -- want: field "drain": want how long connections may stay, as in drain = "5m"
  real_server "192.168.0.2:80" { drain = { dedline = "1m" } }, -- want: field "drain": want how long connections may stay && unknown field "drain.dedline" (did you mean "deadline"?)
  real_server "192.168.0.3:80" { drain = { deadline = -1 } }, -- want: field "drain.deadline": want a number of seconds from 0 up, got -1
}
virtual_server "10.0.0.1:53" {
  protocol = "udp",
  drain = "5m", -- want: field "drain": connections of udp are not waited for, its servers leave at once; leave it out
  real_server "192.168.0.1:53",
  real_server "192.168.0.2:53" { drain = "1m" }, -- want: field "drain": connections of udp are not waited for
}
virtual_server "10.0.0.2:53" {
  protocol = "udp", one_packet = true,
  drain = "5m", -- want: field "drain": connections of a one-packet service are not waited for
  real_server "192.168.0.1:53",
}
