-- Servers that report in, by two names, one taken for up until then.
virtual_server "10.0.0.1:80" {
  check = {
    check.ttl { ttl = "30s" },
    check.ttl { ttl = 90, name = "disk", initial = "up" },
  },
  real_server "192.168.0.1:80",
}
