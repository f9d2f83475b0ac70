-- A director written by hand: no virtual server is declared, the loop below is
-- the whole brain. Every two seconds it asks two web servers over HTTP, takes
-- those that fail out and puts them back, restarts one that hangs, and serves a
-- sorry page when none is left.

local vip   = "10.10.31.100:80"
local sorry = ipvs.dest { addr = "192.168.31.103:80" }
local webs  = {
  { ip = "192.168.31.101", dest = ipvs.dest { addr = "192.168.31.101:80" } },
  { ip = "192.168.31.102", dest = ipvs.dest { addr = "192.168.31.102:80" } },
}

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
local function restart_if_hung(web, held)
  if held and held.inactive_connections > 500 and held.active_connections < 50 then
    log.warn("restarting a hung web server", { ip = web.ip })
    local res, err = exec.run { "ssh", web.ip, "-t", "sudo", "systemctl", "restart", "httpd", timeout = "30s" }
    if not res or not res.ok then
      log.error("restart failed", { ip = web.ip, err = err or res.stderr })
    end
  end
end

every("2s", function()
  local svc, serving = service(), 0
  for _, web in ipairs(webs) do
    local held = svc:find_dest(web.dest.addr)
    if healthy(web.ip) then
      serving = serving + 1
      if not held then svc:add_dest(web.dest) end
    elseif held then
      restart_if_hung(web, held)
      svc:del_dest(held)
    end
  end

  local apology = svc:find_dest(sorry.addr)
  if serving == 0 and not apology then svc:add_dest(sorry) end
  if serving > 0 and apology then svc:del_dest(apology) end
end)
