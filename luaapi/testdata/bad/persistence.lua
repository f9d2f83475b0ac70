virtual_server "10.0.0.1:80" {
  persistence = "1500ms", -- want: whole seconds
  persistence_netmask = "255.255.255", -- want: want a mask such as "255.255.255.0"
}
virtual_server "10.0.0.2:80" {
  persistence_netmask = "255.255.255.0", -- want: has no meaning without persistence
}
virtual_server "10.0.0.3:80" {
  one_packet = true, -- want: one-packet scheduling is for udp services
}
