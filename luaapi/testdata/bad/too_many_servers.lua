limits { servers = 4 }
virtual_server "10.0.0.1:80" {
  check = { check.tcp {}, check.http {} },
  real_server "192.168.0.1:80",
  real_server "192.168.0.2:80", -- want: this policy has 4 real servers and checks of them, which is the limit (limits { servers = ... } sets another)
}
