virtual_server "10.0.0.1:80" {
  scheduler = "rrr", -- want: there is no scheduler "rrr" (did you mean "rr"?)
  forward = "natt", -- want: want "nat", "dr", "tunnel" or "local", got "natt" (did you mean "nat"?)
  check = check.tcp { every = "1s", timeout = "3s", rise = 0 }, -- want: 3s is longer than every = 1s && field "rise": want a whole number from 1 to 1000, got 0
  real_server "192.168.0.1:80" { weigth = 1 }, -- want: unknown field "weigth" (did you mean "weight"?)
  "192.168.0.2:80", -- want: want a real_server, got "192.168.0.2:80": write real_server "192.168.0.2:80"
}
real_server "192.168.0.3:80" { weight = 1 } -- want: real_server 192.168.0.3:80 is in no virtual server
virtual_server "10.0.0.2:80" -- want: virtual_server "10.0.0.2:80" was never given its table
