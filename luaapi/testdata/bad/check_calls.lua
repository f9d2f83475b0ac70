virtual_server "10.0.0.1:80" { real_server "192.168.0.1:80",
  check = {
    check.exec "/bin/true", -- want: check.exec: want its table, as in check.exec { "program", "argument" }, got "/bin/true"
    check.lua(function() return true end), -- want: check.lua: want its table, as in check.lua {
    check.tcp(80), -- want: check.tcp: want its table, as in check.tcp { port = 80 }, got 80
    check.exec { command = "/bin/true" }, -- want: no program: check.exec { "program" && unknown field "command" (the program and its arguments come first
  },
  scheduler = "rr",
  scheduler_flags = "sh-port", -- want: scheduler flag "sh-port" is not one of flag-1, flag-2, flag-3, which are those of rr
}
on(function() end) -- want: on: want the name of an event first, as in on("down", f), got a function
virtual_server "10.0.0.2:80" { check = check { type = "tcp" } } -- want: check is no function: write check.tcp {}
