-- want: ran longer than its budget
local web = virtual_server "10.0.0.1:80" {
  check = check.lua { every = "20ms", rise = 1, fall = 1, function() return math.random() < 0.5 end },
  real_server "192.168.0.1:80", real_server "192.168.0.2:80", real_server "192.168.0.3:80",
}
for _, kind in ipairs { "up", "down", "change", "reload", "stop" } do
  on(kind, function() while true do end end)
  on(kind, function() while true do pcall(sleep, 0.01) end end)
end
