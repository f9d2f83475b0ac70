-- A director written by hand: no virtual server is declared, the loop below is
-- the whole brain. Every two seconds it asks two web servers over HTTP, takes
-- those that fail out and puts them back, restarts one that hangs, and serves a
-- sorry page when none is left. To let it restart servers, start it with
-- --allow-exec and --exec-user NAME, who has the key for ssh.

local vip   = "10.10.31.100:80"
local sorry = "192.168.31.103:80"
local webs  = { "192.168.31.101", "192.168.31.102" }

-- The service as the kernel has it; made if it is missing.
local function service()
  local svc = ipvs.find(vip)
  if not svc then
    svc = ipvs.service { addr = vip, scheduler = "rr" }
    svc:add()
    log.info("service made", { service = vip })
  end
  return svc
end

local function healthy(ip)
  local res = http.get("http://" .. ip .. "/", { timeout = "1s" })
  return res ~= nil and res.status == 200
end

-- A web server that hangs keeps collecting connections it never ends.
local function restart_if_hung(ip, held)
  if held.inactive_connections > 500 and held.active_connections < 50 then
    log.warn("restarting a hung web server", { ip = ip })
    local res, err = exec.run { "ssh", ip, "-t", "sudo", "systemctl", "restart", "httpd", timeout = "30s" }
    if not res or not res.ok then
      log.error("restart failed", { ip = ip, err = err or res.stderr })
    end
  end
end

every("2s", function()
  local svc, serving = service(), 0
  for _, ip in ipairs(webs) do
    local addr = ip .. ":80"
    local held = svc:find_dest(addr)
    if healthy(ip) then
      serving = serving + 1
      if not held then svc:add_dest(ipvs.dest { addr = addr }) end
    elseif held then
      restart_if_hung(ip, held)
      svc:del_dest(held)
    end
  end

  local apology = svc:find_dest(sorry)
  if serving == 0 and not apology then svc:add_dest(ipvs.dest { addr = sorry }) end
  if serving > 0 and apology then svc:del_dest(apology) end
end)
