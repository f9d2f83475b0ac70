-- want: ran longer than its budget
local web = virtual_server "10.0.0.1:80" { real_server "192.168.0.1:80" }
local n = 0
every("10ms", function()
  while true do
    n = n + 1
    local svc = ipvs.service { addr = "10.1.1.1:" .. n % 1000 + 1, scheduler = "rr" }
    svc:add()
    svc:delete()
  end
end)
every("10ms", function() while true do web.servers[1].weight = math.random(100) end end)
every("10ms", function() while true do ipvs.services() end end)
