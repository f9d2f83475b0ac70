-- One check for all, by way of each one's service.
local path = check.tcp { via = "service" }
virtual_server "10.0.0.1:80" {
  forward = "dr",
  check = { path, check.http { via = "service", path = "/up", source = "10.0.0.9" } },
  real_server "192.168.0.1:80",
  real_server "192.168.0.2:80" { check = check.tcp { via = "server" } },
}
virtual_server {
  fwmark = 7,
  check = check.tcp { via = "service", addr = "10.0.0.2", port = 443 },
  real_server "192.168.0.1:443",
}
virtual_server "10.0.0.3:0" {
  persistence = "5m",
  check = check.tcp { via = "service", port = 21 },
  real_server "192.168.0.1:0",
}
virtual_server "10.0.0.4:80" {
  forward = "tunnel",
  check = check.tcp { via = "service", source = "10.0.0.9" },
  real_server "[2001:db8::1]:80",
}
