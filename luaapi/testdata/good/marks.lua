virtual_server { fwmark = 7, real_server "192.168.0.1:0", real_server "192.168.0.2:8080" }
virtual_server { fwmark = 7, family = "inet6", name = "six", persistence = 300, persistence_netmask = 64, real_server "[2001:db8::1]:0" }
