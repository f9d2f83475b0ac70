-- Marks for maintenance, and a number that is added to the weight.
virtual_server "10.0.0.1:80" {
  check = {
    check.file { path = "/run/maintenance", want = "absent" },
    check.file { folder = "/etc/luavs/maintenance", names = "web1.example.org", want = "absent", every = "10s" },
    check.file { path = "/run/load", want = "number", weight = -2, reverse = true, rise = 3 },
  },
  real_server "192.168.0.1:80",
}
