virtual_server "10.0.0.1:80" {
  real_server "192.168.0.1:80",
}
sleep("1s") -- want: sleep: a policy only declares while it loads
