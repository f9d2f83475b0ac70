-- want: too many Lua tasks at once: 2000 are alive, which is the limit
limits { tasks = 2000 }
every("10ms", function() while true do spawn(sleep, "1h") end end)
every("10ms", function() while true do spawn(function() while true do sleep(0.001) end end) end end)
local function fork() spawn(fork) fork() end
on("start", function() spawn(fork) end)
on("start", function() local t t = spawn(function() wait(t) end) wait(t) end)
