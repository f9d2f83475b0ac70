-- Two web servers, a check every second, and a sorry server for when both are
-- gone. `make run` puts this in force; change it while it runs.

virtual_server "10.0.0.1:80" {
  name      = "web",
  scheduler = "wrr",
  check     = check.http { path = "/healthz", every = "1s", timeout = "500ms", rise = 2, fall = 2 },

  real_server "127.0.0.1:8081" { name = "web1", weight = 1 },
  real_server "127.0.0.1:8082" { name = "web2", weight = 3 },

  policy = policy.standard { sorry_server = "127.0.0.1:8083" },
}

on("down", function(ev) log.warn("a server is gone", { server = ev.server.name, reason = ev.reason }) end)
on("up", function(ev) log.info("a server serves", { server = ev.server.name }) end)
