-- A restart of all servers each night, one after the other, that nobody notices:
-- each is drained first, and the next one has to wait until it is well again.
--
-- luavs run --allow-exec --exec-user www examples/nightly

local why = "nightly restart"

local web = virtual_server "10.0.0.1:80" {
  name      = "www",
  scheduler = "wlc",
  drain     = "10m", -- downloads that take longer are cut off
  check     = check.http { path = "/healthz", every = "2s", timeout = "1s" },
  real_server "192.168.0.1:80" { name = "web1" },
  real_server "192.168.0.2:80" { name = "web2" },
  real_server "192.168.0.3:80" { name = "web3" },
}

-- Waits until is_so() says so; false if that takes longer than some seconds.
local function within(seconds, is_so)
  for _ = 1, seconds do
    if is_so() then return true end
    sleep("1s")
  end
  return false
end

local function restart(rs)
  rs:drain(why)
  within(11 * 60, function() return rs.drained end)
  local res, err = exec.run { "ssh", rs.ip, "sudo", "systemctl", "restart", "httpd", timeout = "1m" }
  if not res or not res.ok then log.error("restart failed", { server = rs.name, err = err or res.stderr }) end
  rs:resume()
  return within(60, function() return rs.state == "up" end)
end

cron("0 3 * * *", function()
  for _, rs in ipairs(web.servers) do
    if #web:up() < 2 then return log.error("no restart: too few servers are up") end
    if rs.state == "up" and not restart(rs) then
      return log.error("the restarts end here: it is not well", { server = rs.name, reason = rs.reason })
    end
  end
end)

-- A reload ends the restarts. Who was on its way out is put back.
on("reload", function()
  for _, rs in ipairs(web.servers) do
    if rs.state == "draining" and rs.reason == why then rs:resume() end
  end
end)
