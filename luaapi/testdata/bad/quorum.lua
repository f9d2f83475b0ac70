virtual_server "10.0.0.1:80" {
  policy = policy.standard { sorry_server = "192.168.0.9:80", quorum = 3, hysteresis = 1 }, -- want: quorum + hysteresis is 4, and all servers together weigh only 3
  real_server "192.168.0.1:80" { weight = 1 },
  real_server "192.168.0.2:80" { weight = 2 },
}
virtual_server "10.0.0.2:80" {
  policy = policy.standard { quorum = 6 }, -- want: the quorum could never be gained
  real_server "192.168.0.1:80" { weight = 5 },
}
virtual_server "10.0.0.3:80" {
  policy = policy.standard {
    sorry_sever = "192.168.0.9:80", -- want: unknown field "sorry_sever" (did you mean "sorry_server"?)
    on_down = "delete", -- want: want "remove", "zero" or "drain", got "delete"
    quorum = "two", -- want: field "quorum": want a number, got "two"
  },
  real_server "192.168.0.1:80" { weight = 5 },
}
