virtual_server "10.0.0.1:80" {
  slow_start = "slow", -- want: field "slow_start": want a duration
  hold_down = {}, -- want: field "hold_down": want the first time and perhaps others
  slowstart = "30s", -- want: unknown field "slowstart" (did you mean "slow_start"?)
  real_server "192.168.0.1:80" { hold_down = "-1s" }, -- want: field "hold_down": want a duration from 0 up
  real_server "192.168.0.2:80" { hold_down = { "10m", max = "5m" } }, -- want: field "hold_down.max": 5m0s is shorter than the first time, 10m0s
  real_server "192.168.0.3:80" { hold_down = { "x", forget = 0 } }, -- want: item 1 of "hold_down": want a duration && field "hold_down.forget": want 1s or longer, got 0
  real_server "192.168.0.4:80" { hold_down = { "1s", "2s" } }, -- want: field "hold_down": want the first time
}
