virtual_server "10.0.0.1:80" {
  slow_start = "30s", hold_down = "10s",
  real_server "192.168.0.1:80",
  real_server "192.168.0.2:80" { slow_start = 0, hold_down = 0 },
  real_server "192.168.0.3:80" { hold_down = { "1s", max = "1m", forget = "10m" } },
  real_server "192.168.0.4:80" { hold_down = "10m" },
}
