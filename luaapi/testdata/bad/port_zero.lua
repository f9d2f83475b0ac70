virtual_server "10.0.0.1:0" { -- want: port 0 takes all ports and needs persistence
  real_server "192.168.0.1:0",
}
virtual_server "10.0.0.2:80" {
  real_server "192.168.0.1:0", -- want: port 0 stands for the virtual server's port
}
