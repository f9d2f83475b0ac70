virtual_server "10.0.0.1:80" {
  one_packet = "yes", -- want: field "one_packet": want true or false, got "yes"
  real_server "192.168.0.1:80" {
    weight = "abc", -- want: field "weight": want a whole number from 0 to 2147483647, got "abc"
  },
  real_server "192.168.0.2:80" { weight = 1.5 }, -- want: got 1.5
  real_server "192.168.0.3:80" { weight = -1 }, -- want: got -1
}
