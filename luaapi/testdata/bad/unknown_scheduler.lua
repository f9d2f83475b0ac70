virtual_server "10.0.0.1:80" {
  scheduler = "wrrr", -- want: there is no scheduler "wrrr" (did you mean "wrr"?)
  real_server "192.168.0.1:80",
}
