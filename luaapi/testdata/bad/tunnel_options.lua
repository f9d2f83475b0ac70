virtual_server "10.0.0.1:80" {
  tunnel = "gre", -- want: needs forward = "tunnel"
  real_server "192.168.0.1:80" { forward = "tunnel", tunnel = { type = "gue" } }, -- want: gue needs a port
}
