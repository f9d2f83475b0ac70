virtual_server "10.0.0.1:80" {
  check = { check.tcp {}, "tcp" }, -- want: item 2 of "check": want a check such as check.tcp {}, got "tcp"
  real_server "192.168.0.1:80" { check = true }, -- want: want a check such as check.tcp {}, or a list of them, got true
  real_server "192.168.0.2:80" { check = check.lua { every = "5s" } }, -- want: want one function
  real_server "192.168.0.3:80" { check = check.exec {} }, -- want: no program
  real_server "192.168.0.4:80" { check = check.tcp }, -- want: got a function
}
