-- A farm that does not flap: quick to notice, slow to trust again, and each
-- server with as many clients as it says it can take.

-- Is it well? Looked at every 5 s, and every second while that is in doubt. One
-- refused connection is enough, as nothing listens; slow answers may be the
-- network, so five of them in a row. A server that is down is left in peace.
local well = check.http {
  path  = "/healthz",
  every = "5s", fastinter = "1s", downinter = "20s", timeout = "900ms", jitter = "10%",
  rise  = 3,
  fall  = { 3, refused = 1, timeout = 5 },
}

-- How much can it take? A program on the server says so in a line such as
-- "60%", the weight; what it says holds until it says something else.
local load = check.agent { port = 9707, every = "10s" }

virtual_server "10.0.0.1:80" {
  scheduler  = "wlc",
  check      = { well, load },
  slow_start = "1m",                                        -- from 1 % to all of its weight
  hold_down  = { "30s", max = "15m", forget = "10m" },      -- the second time down costs 30 s, then 1m, 2m ...
  policy     = policy.standard { panic = "30%" },           -- if nearly all fail, it is the check that fails

  real_server "192.168.0.1:80" { weight = 100 },
  real_server "192.168.0.2:80" { weight = 100 },
  real_server "192.168.0.3:80" { weight = 200 },
}

-- The same servers by another address: they are asked once, for both.
virtual_server "10.0.0.1:8080" {
  check = well,
  real_server "192.168.0.1:80" { weight = 100 },
  real_server "192.168.0.2:80" { weight = 100 },
}

on("down", function(ev)
  if ev.server.flaps > 3 then
    log.error("it goes down again and again", { server = ev.server.name, times = ev.server.flaps, held = ev.server.held })
  end
end)
