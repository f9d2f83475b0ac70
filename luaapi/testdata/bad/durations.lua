virtual_server "10.0.0.1:80" {
  check = {
    check.tcp { every = "5" }, -- want: want a duration with a unit, such as "5s", got "5"
    check.tcp { every = "-5s" }, -- want: want a duration from 0 up, got "-5s"
    check.tcp { every = "1ms" }, -- want: want 10ms or longer, got "1ms"
    check.tcp { every = "1s", fastinter = "2s" }, -- want: 2s is not shorter than every = 1s
    check.tcp { every = {} }, -- want: want a duration such as "5s" or a number of seconds, got a table
    check.tcp { timeout = 0 }, -- want: want 1ms or longer, got 0
  },
}
