virtual_server "10.0.0.1:80" {
  forward = "dr",
  real_server "192.168.0.1:8080", -- want: forward = "dr" leaves the port of a packet as it is, and the virtual server's is 80
  real_server "192.168.0.2:8080" { forward = "nat" },
  real_server "192.168.0.3:8080" { -- want: forward = "tunnel" leaves the port
    forward = "tunnel",
  },
}
