-- Three ways to take a server out of service by hand, beside what its health
-- check says.
--
--   the server's own agent    drain, maint, 50%, ready (HAProxy's agent-check)
--   a file on the director    echo "new disk" > /etc/luavs/maintenance/web1
--   a report                  luavs report web3 pass --weight 50%

local healthy = check.http { path = "/healthz", host = "www.example.org", every = "2s" }

-- The file acts at once. Its name is the server's address, with or without the
-- port, or its name.
local maintenance = check.file { folder = "/etc/luavs/maintenance", want = "absent" }

-- What the agent says holds until the agent says otherwise; one that cannot be
-- reached changes nothing.
local agent = check.agent { port = 9707, every = "5s" }

-- This server reports once in ten seconds by cron or a timer, and is down when
-- it has not for thirty.
local reports = check.ttl { ttl = "30s" }

virtual_server "10.0.0.1:80" {
  name      = "www",
  scheduler = "wrr",
  check     = { healthy, maintenance, agent },
  real_server "192.168.0.1:80" { name = "web1", weight = 100 },
  real_server "192.168.0.2:80" { name = "web2", weight = 100 },
  real_server "192.168.0.3:80" { name = "web3", weight = 100, check = { healthy, maintenance, reports } },
  policy = policy.standard { sorry_server = "192.168.0.9:80", on_down = "zero" },
}
