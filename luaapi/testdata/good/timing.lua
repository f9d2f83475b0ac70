local patient = check.tcp {
  every = "10s", timeout = "2s", fastinter = "1s", downinter = "1m", jitter = "10%",
  fall = { 3, timeout = 5, refused = 1, status = 0 }, initial = "fully-down", degraded_weight = "50%",
}
virtual_server "10.0.0.1:80" {
  check = patient,
  real_server "192.168.0.1:80",
  real_server "192.168.0.2:80" { check = check.tcp { fall = { timeout = 1 }, jitter = "300ms", initial = "up" } },
  real_server "192.168.0.3:80" { check = check.tcp { cron = "@hourly", jitter = 60, fall = { 4 }, degraded_weight = 0 } },
}
probes { at_once = 1000 }
