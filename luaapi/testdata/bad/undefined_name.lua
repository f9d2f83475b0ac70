virtual_server "10.0.0.1:80" {
  real_sever "192.168.0.1:80" { weight = 1 }, -- want: undefined name "real_sever" (did you mean "real_server"?)
}
