-- want: ran longer than its budget of 100ms without waiting (an endless loop?)
virtual_server "10.0.0.1:80" {
  check = check.lua { every = "20ms", function() while true do end end },
  real_server "192.168.0.1:80",
  real_server "192.168.0.2:80" { check = check.lua { every = "20ms", function() while true do pcall(error) end end } },
  policy = function() repeat until false end,
}
on("start", function() while true do pcall(function() while true do end end) end end)
every("10ms", function() ::again:: goto again end)
