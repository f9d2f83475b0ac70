local servers = {}
virtual_server "10.0.0.1:80" {
  servers[1], -- want: item 1: is nil
  real_server "192.168.0.1:80",
}
