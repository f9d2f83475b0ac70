local port = check.tcp { port = 8080, every = "500ms", fastinter = "100ms" }
virtual_server "10.0.0.1:80" {
  check = { port, check.https { host = "www.example.org", status = { 200, "300-399" }, cron = "*/10 * * * * *", timeout = "5s" } },
  real_server "192.168.0.1:80",
  -- A list of its own stands in place of the virtual server's.
  real_server "192.168.0.2:80" { check = check.exec { "/usr/bin/probe", "--port", "80", every = "10s" } },
  real_server "192.168.0.3:80" { check = { check.lua { function(rs) return true end }, port } },
  real_server "192.168.0.4:80" { check = {} },
}
virtual_server "10.0.0.2:25" {
  check = check.tcp { expect = "220 ", expect_match = "^220 ", send = "", addr = "192.168.0.9", rise = 1, fall = 5 },
  real_server "192.168.0.1:25" {},
}
virtual_server "10.0.0.3:80" {
  check = { check.tcp { timeout = "10s" }, check.exec { "probe", user = "nobody", output_limit = 100, timeout = "500ms" } },
  real_server "192.168.0.1:80",
}
