virtual_server "10.0.0.1:80" {
  check = {
    check.agent {}, -- want: field "port": is missing: the port that the agent listens on
    check.agent { port = 70000 }, -- want: field "port": want a whole number from 1 to 65535, got 70000
    check.agent { port = 9707, expect = "up" }, -- want: unknown field "expect"
    check.agent(9707), -- want: check.agent: want its table, as in check.agent { port = 9707 }, got 9707
  },
  real_server "192.168.0.1:80",
}
