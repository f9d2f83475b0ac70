local web = virtual_server "10.0.0.1:80" {
  scheduler = "wrr",
  forward   = "nat",
  check     = check.http { path = "/healthz", every = "2s", timeout = "1s", rise = 2, fall = 3 },
  real_server "192.168.0.1:80" { weight = 1 },
  real_server "192.168.0.2:80" { weight = 3 },
  policy    = policy.standard { sorry_server = "192.168.0.9:80", quorum = 1 },
}
every("10s", function() log.info("up", { n = #web:up() }) end)
cron("0 3 * * *", function() end)
after(5, function() end)
