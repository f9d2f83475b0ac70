-- A farm that grows and shrinks by itself: its servers are in DNS, as a
-- headless service of Kubernetes or a consul agent has them, and spare ones in
-- a file that config management writes. Nobody gets traffic before its check is
-- up, and who leaves finishes what it is at. What a source cannot tell today
-- changes nothing.
virtual_server "10.0.0.1:80" {
  name      = "shop",
  scheduler = "wlc",
  drain     = "1m",
  check     = check.http { path = "/healthz" },

  servers_from = {
    source.dns { name = "_http._tcp.shop.example.org", type = "SRV", resolver = "192.0.2.53" },
    source.file { path = "/etc/luavs/spare.yaml", allow_empty = true },
  },

  real_server "192.168.0.1:80" { name = "always-there" },

  policy = policy.standard { sorry_server = "192.168.0.9:80" },
}

on("added", function(ev)
  log.info("joined", { server = ev.server.name, by = ev.server.origin })
end)
