virtual_server "10.0.0.1:80" {
  schedular = "wrr", -- want: unknown field "schedular" (did you mean "scheduler"?)
  real_server "192.168.0.1:80" {
    wieght = 3, -- want: unknown field "wieght" (did you mean "weight"?)
  },
}
