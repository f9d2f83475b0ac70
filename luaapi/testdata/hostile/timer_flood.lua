-- want: this policy has 10000 timers, which is the limit
for _ = 1, 500 do every("10ms", function() for _ = 1, 1000 do end end) end
every("10ms", function() while true do every("1h", function() end) end end)
every("10ms", function() while true do local j = every("1h", function() end) j:cancel() end end)
every("10ms", function() while true do after(0, function() after(0, function() end) end) end end)
