-- Two sets of servers with two versions. One serves; the other one is checked all
-- the time, so that it is known to work before anybody is sent there. To switch,
-- change the word below and save the file.

local active = "blue"

local blue  = { "192.168.0.1:80", "192.168.0.2:80" }
local green = { "192.168.0.3:80", "192.168.0.4:80" }

local service = {
  name      = "shop",
  scheduler = "wlc",
  check     = check.http { path = "/healthz", every = "2s" },
  policy    = policy.blue_green {
    blue = blue, green = green, active = active,
    minimum_up   = 2,                    -- a switch waits until both are up
    fall_back    = true,                 -- and goes back should they fail
    on_down      = "zero",               -- whoever does not serve keeps the connections it has
    sorry_server = "192.168.0.9:80",
  },
}
for _, group in ipairs { blue, green } do
  for _, addr in ipairs(group) do service[#service + 1] = real_server(addr) {} end
end

virtual_server "10.0.0.1:80" (service)
