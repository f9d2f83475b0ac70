virtual_server "10.0.0.1:80" {
  real_server "192.168.0.1:80",
}
virtual_server "10.0.0.1:80" { protocol = "udp" }
virtual_server "10.0.0.1:80" { -- want: virtual_server tcp 10.0.0.1:80 is declared already, in line 1
  real_server "192.168.0.2:80",
}
