virtual_server "10.0.0.1:80" {
  real_server "[2001:db8::1]:80" {}, -- want: nat cannot forward inet packets to an inet6 address
  real_server "[2001:db8::2]:80" { forward = "tunnel" },
}
