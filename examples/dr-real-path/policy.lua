-- Direct routing, checked the way clients take.
--
-- Packets go to the web servers unchanged, so each has the virtual address on
-- its loopback. A check of a server's own address never notices when that is
-- missing, announced by mistake or filtered; a check by way of the service does:
-- IPVS takes it to the virtual address on this one server.
--
-- The director has the virtual address too. Answers to the second check come
-- from it, so there is: net.ipv4.conf.IF.accept_local = 1 for the interface to
-- the web servers (docs/operations.md).

virtual_server "10.0.0.1:80" {
  name = "web",
  scheduler = "wlc",
  forward = "dr",
  check = {
    check.http { path = "/healthz", host = "www.example.org", every = "2s" },
    check.http { path = "/healthz", host = "www.example.org", via = "service", every = "5s", timeout = "2s", fall = 2 },
  },
  real_server "10.0.0.11:80" { name = "web1" },
  real_server "10.0.0.12:80" { name = "web2" },
}

-- Which of the two is wrong says where to look.
on("down", function(ev)
  local own, path = ev.server.checks[1], ev.server.checks[2]
  if own.state == "up" and path.state == "down" then
    log.warn("answers, but not under the virtual address: look at its loopback and rp_filter", { server = ev.server.name })
  end
end)
