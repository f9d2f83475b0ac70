virtual_server "10.0.0.1:80" {
  real_server "192.168.0.1:80" { weight = 1 },
  real_server "192.168.0.2:80",
  real_server "192.168.0.1:80" { weight = 2 }, -- want: real_server 192.168.0.1:80 is in this virtual server already, in line 2
}
