virtual_server "10.0.0.1:80" {
  check = {
    check.tcp { rules = "haproxy" },
    check.tcp { rules = "keepalived" },
    check.http { rules = "keepalived" },
    check.exec { "true", rules = "keepalived" },
    check.tcp { rules = "ldirectord" },
    -- what is written beside it holds, and the rest fits it
    check.http { rules = "keepalived", every = "2s", rise = 3, initial = "down" },
    check.tcp { rules = "keepalived", cron = "@hourly" },
    check.tcp { rules = "haproxy", every = "10s" },
  },
  real_server "192.168.0.1:80",
}
