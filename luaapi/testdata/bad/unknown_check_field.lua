virtual_server "10.0.0.1:80" {
  check = check.http {
    paht = "/healthz", -- want: unknown field "paht" (did you mean "path"?)
    every = "2s",
  },
  real_server "192.168.0.1:80" {
    check = { check.tcp { timeuot = "1s" } }, -- want: unknown field "timeuot" (did you mean "timeout"?)
  },
}
