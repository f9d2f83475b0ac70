-- want: because=.*: the policy holds more than 16 MB of memory, which is its limit
limits { memory = "16MB" }
local kept, keys, texts = {}, {}, {}
every("10ms", function() while true do kept[#kept + 1] = { #kept } end end)
every("10ms", function() while true do keys[math.random()] = true end end)
every("10ms", function() while true do texts[#texts + 1] = ("x"):rep(1e6) .. #texts end end)
every("10ms", function() local own = {} while true do own[#own + 1] = function() return own end sleep(0) end end)
every("10ms", function() local t = {} while true do t = setmetatable({}, { __index = t }) end end)
every("10ms", function() local t = {} t[67108863] = 1 for i = 1, 1e9 do table.insert(t, 1, i) end end)
