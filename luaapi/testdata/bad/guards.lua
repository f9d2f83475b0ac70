virtual_server "10.0.0.1:80" {
  max_change = "30", -- want: field "max_change": want a part of those who serve such as "30%", above 0% and up to 100%, or a number of servers from 1 up, got "30"
  real_server "192.168.0.1:80",
}
virtual_server "10.0.0.2:80" {
  max_change = 0, -- want: got 0
  real_server "192.168.0.1:80",
}
virtual_server "10.0.0.3:80" {
  max_change = { "101%", within = "1ms" }, -- want: item 1 of "max_change": want a part of those who serve && field "max_change.within": want 1s or longer
  real_server "192.168.0.1:80",
}
virtual_server "10.0.0.4:80" {
  max_change = { within = "1m", per = 2 }, -- want: field "max_change": want how much && unknown field "max_change.per"
  real_server "192.168.0.1:80",
}
virtual_server "10.0.0.5:80" {
  existing = "ignore", -- want: field "existing": want "adopt" or "refuse", got "ignore"
  maxchange = 3, -- want: unknown field "maxchange" (did you mean "max_change"?)
  real_server "192.168.0.1:80",
}
