virtual_server "[2001:db8::1]:80" {
  forward = "tunnel", tunnel = { type = "gue", port = 6080, checksum = "csum" },
  real_server "192.168.0.1:80",
  real_server "[2001:db8::2]:80" { forward = "nat" },
  real_server "[2001:db8::3]:80" { forward = "tunnel", tunnel = "gre" },
  real_server "[2001:db8::4]:80" { weight = 2 },
  real_server "[2001:db8::5]:80" { forward = "tunnel" },
}
