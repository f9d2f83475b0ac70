virtual_server "10.0.0.1:80" {
  real_server "192.168.0.1:80" {
    upper_threshold = 10,
    lower_threshold = 20, -- want: lower threshold 20 is above the upper, 10
  },
}
