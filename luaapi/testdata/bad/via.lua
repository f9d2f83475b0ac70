-- Checks by way of the service that cannot be put.
virtual_server "10.0.0.1:80" {
  check = {
    check.tcp { via = "service", mark = 7 }, -- want: which LuaVS chooses; leave out mark
    check.tcp { via = "service", interface = "eth0" }, -- want: leaves by the way that the service takes
    check.tcp { via = "vip" }, -- want: field "via"
    check.http { via = "service", addr = "10.0.0.9" }, -- want: asks the address of the virtual server, tcp 10.0.0.1:80
    check.https { via = "service", port = 8080 }, -- want: asks the port of the virtual server, tcp 10.0.0.1:80
    check.tcp { via = "service", source = "2001:db8::1" }, -- want: 2001:db8::1 is of another address family
    check.exec { "/bin/true", via = "service" }, -- want: unknown field "via"
  },
  real_server "192.168.0.1:80",
  real_server "192.168.0.2:80",
}

virtual_server {
  fwmark = 7,
  check = {
    check.tcp { via = "service", port = 80 }, -- want: via = "service" needs addr here: virtual server fwmark 7 inet
    check.tcp { via = "service", addr = "10.0.0.2" }, -- want: via = "service" needs port here
  },
  real_server "192.168.0.1:80",
}

virtual_server "10.0.0.3:0" {
  persistence = "5m",
  check = check.tcp { via = "service" }, -- want: via = "service" needs port here: virtual server tcp 10.0.0.3:0
  real_server "192.168.0.1:0",
}

virtual_server "10.0.0.4:80" {
  forward = "tunnel",
  check = check.any { check.tcp {}, check.tcp { via = "service" } },
  real_server "[2001:db8::1]:80", -- want: needs source
}
