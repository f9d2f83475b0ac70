virtual_server "10.0.0.1:80" {
  real_server "192.168.0.1:80",
  policy = policy.standard { backups = "192.168.1.1:80" }, -- want: backups: want a list of tiers, such as
}
virtual_server "10.0.0.2:80" {
  real_server "192.168.0.1:80",
  policy = policy.standard { backups = { "192.168.1.1:80" } }, -- want: backups: 192.168.1.1:80 is no real server of this virtual server: declare it, so that it is checked
}
virtual_server "10.0.0.3:80" {
  real_server "192.168.0.1:80",
  policy = policy.standard { backups = { { "192.168.0.1:80" } } }, -- want: backups: all real servers are backups
}
virtual_server "10.0.0.4:80" {
  real_server "192.168.0.1:80", real_server "192.168.0.2:80",
  policy = policy.standard { backups = { "192.168.0.2:80" }, panic = "30%" }, -- want: choose one
}
virtual_server "10.0.0.5:80" {
  real_server "192.168.0.1:80",
  policy = policy.standard { sorry_server = "192.168.0.9:80", max_ejection = "30%" }, -- want: would never serve: choose one
}
virtual_server "10.0.0.6:80" {
  real_server "192.168.0.1:80",
  policy = policy.standard { max_ejection = 30 }, -- want: max_ejection: want a share of the servers such as "30%", got 30
}
virtual_server "10.0.0.7:80" {
  real_server "192.168.0.1:80",
  policy = policy.standard { minimum_up = -1 }, -- want: minimum_up: want a whole number from 0, got -1
}
virtual_server "10.0.0.8:80" {
  real_server "192.168.0.1:80",
  policy = policy.standard, -- want: policy.standard is to be called: policy = policy.standard {}
}
