-- Servers that heal themselves, within limits. A web server whose process hangs
-- still collects connections, and none of them is active: it is restarted, at most
-- three times an hour, one server at a time, and never the last that serves.
--
-- luavs run --allow-exec --exec-user www examples/remedy

local function restart(rs)
  local res, err = exec.run { "ssh", rs.ip, "sudo", "systemctl", "restart", "httpd", timeout = "30s" }
  if not res or not res.ok then log.error("restart failed", { server = rs.name, err = err or res.stderr }) end
end

on("down", remedy {
  max = 3, within = "1h", backoff = "2m", at_once = 1, settle = "5m",
  only_if = function(ev) return ev.cause == "timeout" or ev.cause == "status" end, -- it is there, and does not work
  function(ev) restart(ev.server) end,
})

virtual_server "10.0.0.1:80" {
  name      = "www",
  scheduler = "wlc",
  check     = check.http { path = "/healthz", every = "2s", timeout = "1s", fall = 3 },
  policy    = policy.standard { sorry_server = "192.168.0.9:80" },
  real_server "192.168.0.1:80" { name = "web1" },
  real_server "192.168.0.2:80" { name = "web2" },
  real_server "192.168.0.3:80" { name = "web3" },
}

-- One that is down for good is a matter for people.
on("quorum_lost", function(ev) log.error("nobody is left", { service = ev.service.name }) end)
