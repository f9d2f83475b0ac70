virtual_server "10.0.0.1:80" {
  scheduler = "rr"
  forward = "nat", -- want: forward
  real_server "192.168.0.1:80" {},
}
