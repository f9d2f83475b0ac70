-- A new version for one client in twenty. When it proves bad its checks take it
-- out, and when it proves good its share is raised here: the file is loaded anew
-- as soon as it is saved, and only weights change.

local share = "5%"

local well = check.http { path = "/healthz", host = "www.example.org", every = "2s" }

virtual_server "10.0.0.1:80" {
  name      = "shop",
  scheduler = "wrr",                     -- one that heeds weights
  check     = well,
  policy    = policy.canary {
    share = share,
    over  = policy.standard { sorry_server = "192.168.0.9:80", quorum = 200 },
  },

  real_server "192.168.0.1:80" { weight = 100 },
  real_server "192.168.0.2:80" { weight = 100 },
  real_server "192.168.0.3:80" { weight = 200 }, -- twice the machine, twice the clients
  real_server "192.168.0.4:80" { weight = 100, tags = { canary = true }, slow_start = "1m" },
}

-- Nobody is told by an error page that the canary has died.
on("down", function(ev)
  if ev.server.tags.canary then log.error("the canary is down", { reason = ev.reason }) end
end)
