-- What a keepalived.conf usually says, as a policy: two services over the same
-- real servers, persistence, a quorum with hysteresis, a TCP check beside an
-- HTTP one.

local servers = { "192.168.0.1", "192.168.0.2", "192.168.0.3" }

-- One real_server for each machine, at a port.
local function farm(port)
  local list = {}
  for i, ip in ipairs(servers) do
    list[i] = real_server(ip .. ":" .. port) { weight = 2 }
  end
  return list
end

local function service(fields, list)
  for i, rs in ipairs(list) do fields[i] = rs end
  return fields
end

virtual_server "10.0.0.1:80" (service({
  name        = "http",
  scheduler   = "wlc",
  forward     = "dr",
  persistence = "5m",
  check       = check.http { path = "/healthz", host = "www.example.org", every = "6s", timeout = "3s", rise = 1, fall = 3, fastinter = "1s" },
  policy      = policy.standard { sorry_server = "192.168.0.9:80", quorum = 3, hysteresis = 1 },
}, farm(80)))

virtual_server "10.0.0.1:443" (service({
  name      = "https",
  scheduler = "wlc",
  forward   = "dr",
  check     = check.tcp { every = "6s", timeout = "3s" },
}, farm(443)))
