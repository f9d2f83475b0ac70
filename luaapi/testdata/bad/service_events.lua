virtual_server "10.0.0.1:80" {
  on = {
    start = function() end, -- want: unknown field "on.start"
    down = "restart", -- want: field "on.down": want a function, got "restart"
  },
}
