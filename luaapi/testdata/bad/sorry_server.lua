virtual_server "10.0.0.1:80" {
  forward = "dr",
  policy = policy.standard { sorry_server = "sorry.example.com:80" }, -- want: names are not resolved
  real_server "192.168.0.1:80",
}
virtual_server "10.0.0.2:80" {
  policy = policy.standard { sorry_server = "[2001:db8::9]:80" }, -- want: nat cannot forward inet packets to an inet6 address
  real_server "192.168.0.1:80",
}
