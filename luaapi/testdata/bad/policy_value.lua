virtual_server "10.0.0.1:80" {
  policy = policy.standard, -- want: policy.standard is to be called
  real_server "192.168.0.1:80",
}
virtual_server "10.0.0.2:80" {
  policy = "standard", -- want: want a function, or what policy.standard {} makes, got "standard"
  real_server "192.168.0.1:80",
}
