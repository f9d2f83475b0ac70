#!/usr/bin/env -S luavs exec
-- The kernel level, one call one operation: make a service with two
-- destinations and give one of them more weight. Run it with:
--
--   luavs exec examples/thesis-service/service.lua

local svc = ipvs.service { addr = "10.0.0.1:80", scheduler = "wrr" }
svc:add()

local web1 = ipvs.dest { addr = "192.168.0.1:80", weight = 1 }
local web2 = ipvs.dest { addr = "192.168.0.2:80", weight = 1 }
svc:add_dest(web1)
svc:add_dest(web2)

web2.weight = 3 -- in the kernel at once, because web2 is in a service

for _, d in ipairs(svc.dests) do
  print(d, d.weight)
end
